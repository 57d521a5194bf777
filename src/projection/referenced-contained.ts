/**
 * Contained resources that what is kept of a resource leads to (`#id`), and those that these lead to in turn: without
 * them a kept reference would lead nowhere (invariant dom-3).
 * @see https://hl7.org/fhir/R4/references.html#contained
 */
import { isJsonObject, type JsonValue } from '../fhir/json.ts'

export function referencedContained(kept: JsonValue, contained: readonly JsonValue[]): readonly JsonValue[] {
  const wanted = new Set<string>()
  collectFragments(kept, wanted)
  const found = new Set<JsonValue>()
  for (let grown = true; grown; ) {
    grown = false
    for (const resource of contained) {
      if (found.has(resource) || !isJsonObject(resource)) continue
      if (typeof resource.id !== 'string' || !wanted.has(resource.id)) continue
      found.add(resource)
      collectFragments(resource, wanted)
      grown = true
    }
  }
  return contained.filter((resource) => found.has(resource))
}

/** Any text that begins with `#`: references, canonicals and uris may be local, and one too many does no harm. */
function collectFragments(value: JsonValue, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#') && value.length <= 65) into.add(value.slice(1))
  } else if (Array.isArray(value)) for (const item of value) collectFragments(item, into)
  else if (isJsonObject(value)) for (const item of Object.values(value)) collectFragments(item, into)
}
