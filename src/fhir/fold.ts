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

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\u0000-\u007f]*$/
/** \p{P} and \s, as far as ASCII has them. */
const ASCII_BREAKS = /[!"#%&'()*,\-./:;?@[\\\]_{}\s]+/g

/** Folding twice changes nothing. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text
  if (ASCII.test(text)) return text.toLowerCase().replace(ASCII_BREAKS, ' ').trim()
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[œæßøłđðþı]/g, (letter) => letters[letter] ?? letter)
    .replace(/[\p{P}\s]+/gu, ' ')
    .trim()
}
