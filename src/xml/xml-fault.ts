/**
 * What keeps an XML text from being read as a FHIR resource, and where. Never a part of the text but names of elements
 * that look like names.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { Issue } from '../fhir/issue.ts'

/** The text cannot be read on: the first one ends the reading. */
const fatal = [
  'not-well-formed',
  'doctype',
  'undefined-entity',
  'encoding',
  'too-deep',
  'too-many-elements',
] as const
export type FatalXmlReason = (typeof fatal)[number]

const fatalReasons: ReadonlySet<string> = new Set(fatal)

/** One element is at fault: what is in it is skipped, and the reading goes on. */
export type ElementXmlReason =
  | 'unknown-resource'
  | 'unknown-element'
  | 'unknown-attribute'
  | 'namespace'
  | 'text'
  | 'empty'
  | 'repeated'
  | 'not-contiguous'
  | 'out-of-order'

export type XmlFault = {
  readonly reason: FatalXmlReason | ElementXmlReason
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** FHIRPath, as the validator would give it for the same resource in JSON. */
  readonly expression?: string
  /** The type that does not know the element or attribute, and its name. */
  readonly type?: string
  readonly name?: string
  /** Cardinality of an element that is repeated. */
  readonly min?: number
  /** The element that an element out of order stands behind, and ought to stand before. */
  readonly before?: string
}

export function isFatal(reason: XmlFault['reason']): reason is FatalXmlReason {
  return fatalReasons.has(reason)
}

export class XmlError extends Error {
  override readonly name = 'XmlError'
  /** In the order of the text; the last one is the fatal one when there is one. */
  readonly faults: readonly [XmlFault, ...XmlFault[]]
  constructor(faults: readonly [XmlFault, ...XmlFault[]]) {
    super(faults.map(({ reason, line, column }) => `${reason} (${line}:${column})`).join(', '))
    this.faults = faults
  }

  /** Whether the text was read to its end, so that the faults are all there are: well-formed, but no FHIR of ours. */
  get isComplete(): boolean {
    return !this.faults.some(({ reason }) => isFatal(reason))
  }
}

/** In the words that the validator has for the same fault in JSON, where it has them. */
export function xmlFaultIssue(fault: XmlFault): Issue {
  const { reason, line, column, expression } = fault
  const at = { line, column, ...(expression === undefined ? {} : { name: expression }) }
  const where = expression === undefined ? {} : { expression }
  switch (reason) {
    case 'unknown-element':
    case 'unknown-attribute': {
      const params = { ...at, type: fault.type ?? '?', name: fault.name ?? '?' }
      return { severity: 'error', type: 'structure', error: 'element-inconnu', params, ...where }
    }
    case 'empty':
      return { severity: 'error', type: 'structure', error: 'valeur-vide', params: at, ...where }
    case 'repeated': {
      const params = { ...at, min: fault.min ?? 0, max: 1 }
      return { severity: 'error', type: 'structure', error: 'cardinalite', params, ...where }
    }
    case 'out-of-order': {
      const params = { ...at, before: fault.before ?? '?' }
      return { severity: 'error', type: 'structure', error: 'ordre-xml', params, ...where }
    }
    case 'unknown-resource': {
      const params = { ...at, datatype: 'FHIR R4' }
      return { severity: 'error', type: 'structure', error: 'type-attendu', params, ...where }
    }
    default: {
      const params = { ...at, cause: `${reason} (${line}:${column})` }
      return { severity: 'error', type: 'structure', error: 'xml-invalide', params, ...where }
    }
  }
}
