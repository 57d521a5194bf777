/**
 * A search, understood: what the query string asks, free of HTTP and of SQL.
 * @see https://hl7.org/fhir/R4/search.html
 */

export type DatePrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
export type TokenValue = { readonly system?: string; readonly code?: string }
/** Half-open range of milliseconds since 1970. */
export type DateValue = { readonly prefix: DatePrefix; readonly start: number; readonly end: number }

/** Values of one criterion are alternatives; criteria are all to be met. */
export type Criterion =
  | {
      readonly kind: 'token'
      readonly parameter: string
      readonly not: boolean
      readonly values: readonly TokenValue[]
    }
  | { readonly kind: 'date'; readonly parameter: string; readonly values: readonly DateValue[] }
  | { readonly kind: 'id'; readonly parameter: string; readonly values: readonly string[] }

export type SortKey = { readonly parameter: string; readonly descending: boolean }

/** The patient a search names: by the id of the record, or by an identifier. */
export type PatientSelector =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'identifier'; readonly system: string; readonly value: string }

export type SearchExpression = {
  readonly type: string
  readonly patient?: PatientSelector
  readonly criteria: readonly Criterion[]
  readonly sort: SortKey
  readonly count: number
  readonly total: 'none' | 'accurate'
  readonly cursor?: string
  /** What was understood, as `self` says it: without the patient, without the cursor. */
  readonly understood: readonly (readonly [string, string])[]
  /** Parameters left out because the client asked for lenient handling. */
  readonly ignored: readonly string[]
}
