/**
 * The text a string search compares: folded, but for `:exact`.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
import { fold } from '../../fhir/fold.ts'
import { withoutEscapes } from './split.ts'

/** Undefined when nothing is left to compare: every text begins with the empty one, and none was meant. */
export function parseString(text: string): string | undefined {
  return fold(withoutEscapes(text)) || undefined
}

export function parseExactString(text: string): string | undefined {
  return withoutEscapes(text) || undefined
}
