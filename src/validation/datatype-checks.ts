/**
 * What must hold of a datatype besides cardinalities and types, and can be said without FHIRPath.
 */
import type { ElementDefinition } from '../definitions/type-definition.ts'
import type { JsonObject } from '../fhir/json.ts'
import { parseReference } from '../fhir/reference.ts'
import type { BundleEntries } from './bundle-entries.ts'
import type { Walk } from './walk.ts'

export type DatatypeCheck = (value: JsonObject, element: ElementDefinition, walk: Walk) => void

/** Absolute references of other schemes than http, https and urn. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]{1,30}:\S+$/

/**
 * Literal references by their form, contained ones by their target. Conditional ones (`Patient?identifier=…`) are taken
 * everywhere: the ANS publishes documents with them outside of transactions; the interaction resolves or refuses them.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
const checkReference: DatatypeCheck = ({ reference }, element, walk) => {
  const { findings } = walk
  if (typeof reference !== 'string' || reference === '#') return
  const found = targetType(reference, walk)
  if (found === 'malformed') {
    findings.add('value', 'type-attendu', { datatype: 'Type/id | URL | #id' }, 'reference')
  } else if (found === 'nowhere') findings.add('value', 'reference-introuvable', {}, 'reference')
  else if (found !== 'untold' && element.targets && !element.targets.has(found.type)) {
    findings.add('value', 'reference-type', { expected: [...element.targets].join(', ') }, 'reference')
  }
}

type Target = { readonly type: string } | 'malformed' | 'nowhere' | 'untold'

function targetType(reference: string, { bundle, contained, registry }: Walk): Target {
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
      return /\s/.test(reference) ? 'malformed' : typeInBundle(reference, bundle)
    default:
      return ABSOLUTE.test(reference) ? 'untold' : 'malformed'
  }
}

function typeInBundle(reference: string, bundle: BundleEntries | undefined): Target {
  const type = bundle?.find(reference)?.resourceType
  return typeof type === 'string' ? { type } : 'untold'
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/

/**
 * Invariant ext-1, and the form of `url`; that it is there is a matter of cardinality.
 * @see https://hl7.org/fhir/R4/extensibility.html#Extension
 */
const checkExtension: DatatypeCheck = (value, _element, { findings }) => {
  let values = 0
  for (const key of Object.keys(value)) if (key.startsWith('value') || key.startsWith('_value')) values++
  const nested = 'extension' in value
  if (nested === values > 0) findings.add('structure', 'extension-incorrecte')
  if (typeof value.url !== 'string' || value.url === '' || SCHEME.test(value.url)) return
  if (!isNestedExtension(findings.outer)) findings.add('value', 'extension-url', {}, 'url')
}

function isNestedExtension(around: string | undefined): boolean {
  return around === 'extension' || around === 'modifierExtension'
}

export const datatypeChecks: Readonly<Record<string, DatatypeCheck>> = {
  Reference: checkReference,
  Extension: checkExtension,
}
