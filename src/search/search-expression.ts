/**
 * A search, understood: what the query string asks, free of HTTP and of SQL. Every parameter in it is defined for the
 * types searched and indexed; every value has been parsed.
 * @see https://hl7.org/fhir/R4/search.html
 */

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** `system` undefined: any system; empty: no system. `code` undefined: any code of the system. */
export type TokenValue = { readonly system?: string; readonly code?: string }
/** Half-open range of milliseconds since 1970. How far `ap` reaches is for storage to say: it depends on the clock. */
export type DateValue = { readonly prefix: Prefix; readonly start: number; readonly end: number }
/**
 * `value` as written and the half-open range [low, high) that its precision leaves open: `100` is [99.5, 100.5).
 * Bounds are computed on the decimal text, not on the double. With `ap` the range is that of 10 % around the value,
 * and both its ends count.
 */
export type NumberValue = {
  readonly prefix: Prefix
  readonly value: number
  readonly low: number
  readonly high: number
}
/** `system` and `code` undefined: any unit; `code` alone: the code or the human unit, in any system. */
export type QuantityValue = NumberValue & { readonly system?: string; readonly code?: string }
export type ReferenceValue =
  /** `type` undefined: `[id]` alone, of any type the parameter may lead to. */
  | { readonly kind: 'local'; readonly type?: string; readonly id: string; readonly version?: string }
  /** An absolute URL that is not ours, a canonical (its version apart), a urn. */
  | { readonly kind: 'url'; readonly url: string; readonly version?: string }
export type UriValue = { readonly uri: string; readonly version?: string }

/** Values of the component parameters, in the order of the definition. */
export type CompositeValue = readonly ComponentValue[]
export type ComponentValue =
  | { readonly type: 'token'; readonly value: TokenValue }
  | { readonly type: 'date'; readonly value: DateValue }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'number'; readonly value: NumberValue }
  | { readonly type: 'quantity'; readonly value: QuantityValue }
  | { readonly type: 'reference'; readonly value: ReferenceValue }
  | { readonly type: 'uri'; readonly value: UriValue }

/**
 * Values of one criterion are alternatives; criteria are all to be met. `parameter` is the code, as `subject`; the types
 * it is asked of are those of the expression, the chain or the `_has` around it.
 */
export type Criterion =
  | { readonly kind: 'id'; readonly parameter: '_id'; readonly values: readonly string[] }
  /** Also `_lastUpdated`. */
  | { readonly kind: 'date'; readonly parameter: string; readonly values: readonly DateValue[] }
  /** `not`: `:not`, `:not-in`; includes resources without the element. `:in`, `:above`, `:below` are expanded to values. */
  | {
      readonly kind: 'token'
      readonly parameter: string
      readonly not: boolean
      readonly values: readonly TokenValue[]
    }
  /** `:text`: begins with, in the display, the text of the concept, or the type of the identifier; folded. */
  | { readonly kind: 'token-text'; readonly parameter: string; readonly values: readonly string[] }
  /** `:of-type`: type system, type code, value. */
  | {
      readonly kind: 'token-of-type'
      readonly parameter: string
      readonly values: readonly { readonly system: string; readonly code: string; readonly value: string }[]
    }
  /** `exact` values are as written; those of the others are folded (fhir/fold.ts). */
  | {
      readonly kind: 'string'
      readonly parameter: string
      readonly match: 'starts' | 'contains' | 'exact'
      readonly values: readonly string[]
    }
  | { readonly kind: 'number'; readonly parameter: string; readonly values: readonly NumberValue[] }
  | { readonly kind: 'quantity'; readonly parameter: string; readonly values: readonly QuantityValue[] }
  | { readonly kind: 'reference'; readonly parameter: string; readonly values: readonly ReferenceValue[] }
  /** `:identifier`: the identifier inside the reference. */
  | {
      readonly kind: 'reference-identifier'
      readonly parameter: string
      readonly values: readonly TokenValue[]
    }
  /**
   * `below`: the URI and those that begin with it and `/`, where it has none at its end; `above`: the URI and those that it
   * is below of.
   */
  | {
      readonly kind: 'uri'
      readonly parameter: string
      readonly match: 'exact' | 'below' | 'above'
      readonly values: readonly UriValue[]
    }
  | { readonly kind: 'composite'; readonly parameter: string; readonly values: readonly CompositeValue[] }
  /** Of `_id` and `_lastUpdated` too, which no resource lacks. Never of a composite. */
  | { readonly kind: 'missing'; readonly parameter: string; readonly missing: boolean }
  /** Resources whose reference leads to one of these types that meets its criterion. */
  | {
      readonly kind: 'chain'
      readonly parameter: string
      readonly targets: readonly { readonly type: string; readonly criterion: Criterion }[]
    }
  /** `_has:[type]:[parameter]:…`: resources to which one of that type refers that meets the criterion. */
  | {
      readonly kind: 'has'
      readonly parameter: '_has'
      readonly type: string
      readonly reference: string
      readonly criterion: Criterion
    }
  /** Resources of a compartment: those that refer to its centre by one of the parameters of their type, and the centre. */
  | {
      readonly kind: 'compartment'
      readonly parameter: '_compartment'
      readonly type: string
      readonly id: string
      /** Resource type → codes of its parameters; a type with none is not in it. */
      readonly parameters: ReadonlyMap<string, readonly string[]>
    }

  /** A date within [start, end), milliseconds since 1970, by the parameters of the type; or no such date at all. */
  | {
      readonly kind: 'care-time'
      readonly parameter: '_care'
      readonly start: number
      readonly end: number
      readonly parameters: ReadonlyMap<string, readonly string[]>
    }

  /**
   * Of the codes of a token parameter none sorts before this one, or behind it when `descending`. Only storage
   * asks it, when it sorts by a token.
   */
  | {
      readonly kind: 'first-code'
      readonly parameter: string
      readonly code: string
      readonly descending: boolean
    }

export type SortKey = {
  readonly parameter: string
  readonly descending: boolean
  /** A string parameter, a token parameter; the others are sorted by a number or a time. */
  readonly text?: true
  readonly code?: true
}

export type Include = {
  readonly reverse: boolean
  readonly iterate: boolean
  /** Type of the resource that holds the reference. */
  readonly source: string
  readonly parameter: string
  /** Type of the resource referred to; undefined: any. */
  readonly target?: string
}

/** The patient a search names: by the id of the record, or by an identifier. */
export type PatientSelector =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'identifier'; readonly system: string; readonly value: string }

export type SummaryMode = 'true' | 'text' | 'data' | 'count' | 'false'

export type SearchExpression = {
  /** One, or for a search of the whole system several. */
  readonly types: readonly string[]
  readonly patient?: PatientSelector
  readonly criteria: readonly Criterion[]
  /** In order of weight; the id always comes last, as the tiebreaker. */
  readonly sort: readonly SortKey[]
  readonly count: number
  readonly total: 'none' | 'accurate'
  readonly summary: SummaryMode
  /** Empty: all elements. */
  readonly elements: readonly string[]
  readonly includes: readonly Include[]
  readonly cursor?: string
  /** What was understood, as `self` says it: without the patient, without the cursor. */
  readonly understood: readonly (readonly [string, string])[]
  /** Parameters left out because the client asked for lenient handling. */
  readonly ignored: readonly string[]
}
