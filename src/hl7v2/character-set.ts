/**
 * The character sets of MSH-18 that French senders use, both ways.
 * @see HL7 table 0211; CI-SIS "Transmission d'un document CDA-R2 en HL7v2" 2.1, MSH-18: `UNICODE UTF-8` or `8859/15`
 *
 * Not read: the second and later repetitions of MSH-18, which announce other sets by escapes.
 */
export type CharacterSet = {
  /** As MSH-18 writes it. */
  readonly name: string
  /** @returns undefined for bytes that are none of this set */
  readonly decode: (bytes: Uint8Array) => string | undefined
  /** What the set has not is written `?`. */
  readonly encode: (text: string) => Uint8Array
}

/** Where ISO 8859-15 differs from 8859-1. */
const latin9: ReadonlyMap<string, number> = new Map([
  ['€', 0xa4],
  ['Š', 0xa6],
  ['š', 0xa8],
  ['Ž', 0xb4],
  ['ž', 0xb8],
  ['Œ', 0xbc],
  ['œ', 0xbd],
  ['Ÿ', 0xbe],
])
const nothing: ReadonlyMap<string, number> = new Map()

const utf8 = characterSet('UNICODE UTF-8', 'utf-8', (text) => new TextEncoder().encode(text))
const sets: Readonly<Record<string, CharacterSet>> = {
  // Unsaid is ASCII, which is UTF-8 too; what many senders mean by it is UTF-8.
  '': utf8,
  ASCII: utf8,
  'UNICODE UTF-8': utf8,
  'UTF-8': utf8,
  '8859/1': characterSet('8859/1', 'windows-1252', (text) => oneByteEach(text, nothing)),
  '8859/15': characterSet('8859/15', 'iso-8859-15', (text) => oneByteEach(text, latin9)),
}

export function characterSetOf(name: string): CharacterSet | undefined {
  const known = name.trim().toUpperCase()
  return Object.hasOwn(sets, known) ? sets[known] : undefined
}

function characterSet(name: string, label: string, encode: CharacterSet['encode']): CharacterSet {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
  return {
    name,
    encode,
    decode(bytes) {
      try {
        return decoder.decode(bytes)
      } catch (error) {
        if (error instanceof TypeError) return undefined
        throw error
      }
    },
  }
}

function oneByteEach(text: string, special: ReadonlyMap<string, number>): Uint8Array {
  const taken = new Set(special.values())
  return Uint8Array.from(text, (letter) => {
    const code = letter.codePointAt(0) ?? 0
    return special.get(letter) ?? (code < 0x100 && !taken.has(code) ? code : 0x3f)
  })
}
