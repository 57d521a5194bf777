/**
 * Text as string search compares it: without case, accents, punctuation and repeated spaces.
 * `« Hélène  d'Œuvre-Roß »` becomes `helene d oeuvre ross`.
 * @see https://hl7.org/fhir/R4/search.html#string
 */

/** Letters that Unicode does not decompose. */
const letters: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

const PLAIN = /^[a-z0-9]+(?: [a-z0-9]+)*$/

/** Folding twice changes nothing. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[œæßøłđðþı]/g, (letter) => letters[letter] ?? letter)
    .replace(/[\p{P}\s]+/gu, ' ')
    .trim()
}
