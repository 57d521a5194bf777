/**
 * What must hold of a datatype besides cardinalities and types, and can be said without FHIRPath.
 */
import type { Registry } from '../definitions/registry.ts'
import type { ElementDefinition } from '../definitions/type-definition.ts'
import type { JsonObject } from '../fhir/json.ts'
import { parseReference } from '../fhir/reference.ts'
import type { Findings } from './findings.ts'

/** What a check may need of the resource around the element. */
export type Surroundings = {
  readonly registry: Registry
  /** Types of the contained resources by id, of the resource that contains them. */
  readonly contained: ReadonlyMap<string, string>
}

export type DatatypeCheck = (
  value: JsonObject,
  element: ElementDefinition,
  around: Surroundings,
  findings: Findings,
) => void

/** Absolute references of other schemes than http, https and urn. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]{1,30}:\S+$/

/**
 * Literal references by their form, contained ones by their target. Conditional ones (`Patient?identifier=…`) are taken
 * everywhere: the ANS publishes documents with them outside of transactions; the interaction resolves or refuses them.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
const checkReference: DatatypeCheck = ({ reference }, element, around, findings) => {
  if (typeof reference !== 'string' || reference === '#') return
  const found = targetType(reference, around)
  if (found === 'malformed') {
    findings.add('value', 'type-attendu', { datatype: 'Type/id | URL | #id' }, 'reference')
  } else if (found === 'nowhere') findings.add('value', 'reference-introuvable', {}, 'reference')
  else if (found !== 'untold' && element.targets && !element.targets.has(found.type)) {
    findings.add('value', 'reference-type', { expected: [...element.targets].join(', ') }, 'reference')
  }
}

type Target = { readonly type: string } | 'malformed' | 'nowhere' | 'untold'

function targetType(reference: string, { contained, registry }: Surroundings): Target {
  // `#` is no base of an absolute URL: whether a URL is of this server makes no difference to its form.
  const parsed = parseReference(reference, '#')
  switch (parsed?.kind) {
    case 'contained': {
      const type = contained.get(parsed.id)
      return type === undefined ? 'nowhere' : { type }
    }
    case 'relative':
    case 'conditional':
      return registry.isResourceType(parsed.type) ? { type: parsed.type } : 'malformed'
    case 'absolute':
    case 'urn':
      return /\s/.test(reference) ? 'malformed' : 'untold'
    default:
      return ABSOLUTE.test(reference) ? 'untold' : 'malformed'
  }
}

/** Invariant ext-1; that `url` is there is a matter of cardinality. */
const checkExtension: DatatypeCheck = (value, _element, _around, findings) => {
  let values = 0
  for (const key of Object.keys(value)) if (key.startsWith('value') || key.startsWith('_value')) values++
  const nested = 'extension' in value
  if (nested === values > 0) findings.add('structure', 'extension-incorrecte')
}

export const datatypeChecks: Readonly<Record<string, DatatypeCheck>> = {
  Reference: checkReference,
  Extension: checkExtension,
}
