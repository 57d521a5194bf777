/**
 * What a resource is found by: the values that its search parameters give, by parameter type. Values are as sent;
 * nothing here is cut to a length.
 * @see https://hl7.org/fhir/R4/search.html#ptypes
 */
import type { SearchParamType } from '../../definitions/definitions.ts'

/** Parameter types that give values to index. `special` parameters have no rule of their own in R4. */
export type IndexedType = Exclude<SearchParamType, 'special'>

export type TokenValue = {
  /** Code system or identifier system; of a `code` element the one its value set implies. */
  readonly system?: string
  /** Code, identifier value, `true` … absent when the concept has a text only. */
  readonly code?: string
  /** For `:text`: display of a coding, text of a concept or of an identifier's type. */
  readonly text?: string
  /** For `:of-type`: what kind of identifier it is. */
  readonly identifierTypes?: readonly { readonly system?: string; readonly code: string }[]
}

/** Half-open, milliseconds since 1970 UTC; ±Infinity where a Period is open. */
export type DateValue = { readonly start: number; readonly end: number }

export type ReferenceValue = {
  /** Resource type of the target, as far as the reference tells. */
  readonly type?: string
  /** Logical id on this server. */
  readonly id?: string
  readonly version?: string
  /** Absolute URL elsewhere, urn, or canonical URL without its version. */
  readonly url?: string
  /** `#id` of a contained resource, without the `#`. */
  readonly fragment?: string
  /** Logical reference. */
  readonly identifier?: { readonly system?: string; readonly value: string }
}

/** `folded` is what `:contains` and the plain search compare, `text` what `:exact` does. */
export type StringValue = { readonly text: string; readonly folded: string }

/** A canonical keeps its version apart: `_profile=url` finds each version. */
export type UriValue = { readonly uri: string; readonly version?: string }

/** Both ends included; equal for a plain number, ±Infinity where open. */
export type NumberValue = { readonly low: number; readonly high: number }

export type QuantityValue = NumberValue & {
  readonly system?: string
  readonly code?: string
  readonly unit?: string
}

/** One element that has all components: their values, in the order of the parameter's components. */
export type CompositeValue = readonly ComponentValues[]

/** A composite of composites does not exist in R4. */
export type ComponentType = Exclude<IndexedType, 'composite'>

export type ComponentValues = {
  [K in ComponentType]: { readonly type: K; readonly values: readonly IndexValues[K][] }
}[ComponentType]

export type IndexValues = {
  readonly token: TokenValue
  readonly date: DateValue
  readonly reference: ReferenceValue
  readonly string: StringValue
  readonly uri: UriValue
  readonly number: NumberValue
  readonly quantity: QuantityValue
  readonly composite: CompositeValue
}
