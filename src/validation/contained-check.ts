/**
 * Contained resources as a whole: each is referred to, or refers to its container (dom-3), and has an id of its own.
 * @see https://hl7.org/fhir/R4/domainresource.html#invs and references.html#contained
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import type { Findings } from './findings.ts'

/** Types by id; `parseJson` has made sure that nothing here is shared or circular. */
export function containedTypes(resource: JsonObject): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  if (!Array.isArray(resource.contained)) return types
  for (const item of resource.contained) {
    if (isJsonObject(item) && typeof item.id === 'string' && typeof item.resourceType === 'string') {
      types.set(item.id, item.resourceType)
    }
  }
  return types
}

/** @param links every `#id` that the resource and those it contains refer to */
export function checkContained(resource: JsonObject, links: ReadonlySet<string>, findings: Findings): void {
  if (!Array.isArray(resource.contained)) return
  const ids = new Set<string>()
  findings.enter('contained')
  for (const [i, item] of resource.contained.entries()) {
    // The rule says nothing of a resource without id.
    if (!isJsonObject(item) || typeof item.id !== 'string') continue
    findings.enter(i)
    if (ids.has(item.id)) findings.add('duplicate', 'contenue-en-double', {}, 'id')
    else if (!links.has(`#${item.id}`) && !refersToContainer(item))
      findings.add('invariant', 'contenue-orpheline')
    ids.add(item.id)
    findings.leave()
  }
  findings.leave()
}

function refersToContainer(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(refersToContainer)
  if (isJsonObject(value)) return Object.values(value).some(refersToContainer)
  return value === '#'
}
