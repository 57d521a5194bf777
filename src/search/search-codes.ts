/**
 * What the parser asks a terminology service: the codes that `:in`, `:not-in`, `:above` and `:below` stand for.
 * @see https://hl7.org/fhir/R4/search.html#token
 */

export type SystemCode = { readonly system: string; readonly code: string }

/** An answer is whole or none: undefined, or a FhirError thrown, for what is not known or not wholly known. */
export type SearchCodes = {
  /** @param valueSet its URL, `|version` behind it where the client names one */
  codesOf(valueSet: string): readonly SystemCode[] | undefined
  /** Codes that this one subsumes; whether it is among them does not matter. */
  descendants(system: string, code: string): readonly string[] | undefined
  /** Codes that subsume this one. */
  ancestors(system: string, code: string): readonly string[] | undefined
}

/** For a server without terminology: every value set is unknown. */
export const noCodes: SearchCodes = {
  codesOf: () => undefined,
  descendants: () => undefined,
  ancestors: () => undefined,
}
