/**
 * The prefix of an ordered value, `ge2026` or `lt5.4`.
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
import type { Prefix } from '../search-expression.ts'

const PREFIXES: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'])

export function splitPrefix(text: string): { readonly prefix: Prefix; readonly rest: string } {
  const two = text.slice(0, 2)
  return isPrefix(two) ? { prefix: two, rest: text.slice(2) } : { prefix: 'eq', rest: text }
}

function isPrefix(text: string): text is Prefix {
  return PREFIXES.has(text)
}
