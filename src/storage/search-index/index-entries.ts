/**
 * What a resource is found by, as the index tables hold it (migrations/0002, docs/decisions/0008): one entry, one row;
 * terms lie in the row of the resource itself.
 */
import type { JsonObject } from '../../fhir/json.ts'
import type { Signature } from './signature.ts'

/** 128 bits as 32 hexadecimal digits: what PostgreSQL takes for a uuid. */
export type Term = string & { readonly __term: true }

type Row = {
  /**
   * Of which parameter, and for a composite also of which code of its first component. Where a resource has several
   * values, or a long range, another than where it has one (forms.ts, APART).
   */
  term: Term
  /** `lowest` and `highest` mark what a resource is sorted by; an only value is both. */
  lowest: boolean
  highest: boolean
  /** Number of the element within its parameter: rows of one element of a composite belong together. */
  readonly element: number
  /** What else the row has to agree with: unit, other components. Undefined: nothing. */
  readonly tokens: readonly Term[] | undefined
}

/** ±Infinity where open. */
export type RangeEntry = Row & { readonly low: number; readonly high: number }
export type StringEntry = Row & { readonly folded: string }
/** `targetType` is empty for a URL. */
export type ReferenceEntry = {
  readonly parameter: string
  readonly targetType: string
  readonly targetId: string
}

/** One code of a token parameter: what sorts by it (resource-search/read-by-code.ts). */
export type CodeEntry = {
  readonly parameter: string
  readonly code: string
  readonly term: Term
  /** The code, or what stands for a long one: no two codes have the same. */
  readonly sorts: string
}

export type IndexEntries = {
  /** None twice. */
  readonly terms: ReadonlySet<Term>
  readonly ranges: readonly RangeEntry[]
  readonly strings: readonly StringEntry[]
  readonly references: readonly ReferenceEntry[]
  readonly codes: readonly CodeEntry[]
  readonly signature: Signature
}

/** @throws FhirError 413 for a resource with too many values */
export type IndexOf = (type: string, resource: JsonObject) => IndexEntries
