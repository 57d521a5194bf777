/**
 * UUIDs as the bytes of a row, written where they go: a trace has four of them, and each request leaves a trace.
 * @see src/fhir/id.ts (the two texts of a UUID)
 */
import { ID_ALPHABET } from '../fhir/id.ts'

export const UUID_BYTES = 16

const DASH = 0x2d
const NONE = 0xff
const HEX = values('0123456789abcdef')
const BASE32 = values(ID_ALPHABET)
/** Where the two digits of each byte begin in `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
const DIGITS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
const DASHES = [8, 13, 18, 23] as const

/** @returns false, and nothing that counts is written, for a text that `isUuid` does not take */
export function writeUuid(text: string, bytes: Uint8Array, at: number): boolean {
  if (text.length !== 36) return false
  for (const dash of DASHES) if (text.charCodeAt(dash) !== DASH) return false
  let wrong = 0
  let i = at
  for (const digit of DIGITS) {
    const high = valueIn(HEX, text.charCodeAt(digit))
    const low = valueIn(HEX, text.charCodeAt(digit + 1))
    wrong |= high | low
    bytes[i++] = (high << 4) | low
  }
  return wrong < 16
}

/** The bytes of what `decodeUuid` reads. @returns false, and nothing that counts is written, for another text */
export function writeUuidOfId(text: string, bytes: Uint8Array, at: number): boolean {
  if (text.length !== 26) return false
  let wrong = 0
  let i = at
  let bits = 0
  let count = -2
  for (let c = 0; c < 26; c++) {
    const value = valueIn(BASE32, text.charCodeAt(c))
    wrong |= value
    bits = ((bits << 5) | value) & 0x1fff
    count += 5
    if (count < 8) continue
    count -= 8
    bytes[i++] = bits >> count
  }
  // 26 characters are two bits more than a UUID has.
  return wrong < 32 && valueIn(BASE32, text.charCodeAt(0)) < 8
}

function valueIn(alphabet: Uint8Array, code: number): number {
  return code < 128 ? (alphabet[code] ?? NONE) : NONE
}

function values(alphabet: string): Uint8Array {
  const of = new Uint8Array(128).fill(NONE)
  for (let i = 0; i < alphabet.length; i++) of[alphabet.charCodeAt(i)] = i
  return of
}
