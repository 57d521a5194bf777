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

/** `l'`, `d’`, `qu'` before a word, where no letter stands before them (`aujourd'hui`): how French writes the word, and none itself. */
const ELISION = /(?<![\p{L}\p{N}])(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’ʼ](?=[\p{L}\p{N}])/giu

/** The words a text is searched for. */
export function parseWords(text: string): string | undefined {
  return parseString(text.normalize('NFC').replace(ELISION, ''))
}

export function parseExactString(text: string): string | undefined {
  return withoutEscapes(text) || undefined
}
