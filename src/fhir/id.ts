/**
 * Logical ids. A resource of a patient's record is `<patient key>.<own key>`, both UUIDs in base32, so that one look at
 * an id says in which record (and shard) it lies; a Patient is `<patient key>` alone. The INS is never part of an id.
 * @see https://hl7.org/fhir/R4/datatypes.html#id and docs/decisions/0004
 */

/** A UUID in its usual text form, lower case. */
export type Uuid = string & { readonly __uuid: true }

export type ResourceId = { readonly patientKey: Uuid; readonly id: Uuid }

/** Key of what belongs to no patient: traces of requests that name none, shared resources. */
export const NO_PATIENT = '00000000-0000-0000-0000-000000000000' as Uuid

/** Crockford's, in lower case. */
export const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < ID_ALPHABET.length; i++) VALUES[ID_ALPHABET.charCodeAt(i)] = i
/** Two characters for each ten bits. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, bits) => (ID_ALPHABET[bits >> 5] ?? '') + (ID_ALPHABET[bits & 31] ?? ''),
)
/** Two digits for each byte. */
const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isUuid(text: string): text is Uuid {
  return UUID.test(text)
}

/** 26 characters of Crockford's alphabet in lower case, most significant first. */
export function encodeUuid(uuid: Uuid): string {
  // 128 bits are 26 characters of 5 bits with two leading zero bits: six blocks of 20 bits after a first one of 8. Digit by
  // digit: to cut out texts and parse these takes three times as long, and each answer has dozens of ids.
  return (
    pairAt((digit(uuid, 0) << 4) | digit(uuid, 1)) +
    block(uuid, 2, 3, 4, 5, 6) +
    block(uuid, 7, 9, 10, 11, 12) +
    block(uuid, 14, 15, 16, 17, 19) +
    block(uuid, 20, 21, 22, 24, 25) +
    block(uuid, 26, 27, 28, 29, 30) +
    block(uuid, 31, 32, 33, 34, 35)
  )
}

/** Of five digits, which stand at these places. */
function block(uuid: Uuid, a: number, b: number, c: number, d: number, e: number): string {
  const upper = (digit(uuid, a) << 6) | (digit(uuid, b) << 2) | (digit(uuid, c) >> 2)
  const lower = ((digit(uuid, c) & 3) << 8) | (digit(uuid, d) << 4) | digit(uuid, e)
  return pairAt(upper) + pairAt(lower)
}

function digit(uuid: Uuid, at: number): number {
  const code = uuid.charCodeAt(at)
  // '0' to '9', then 'a' to 'f'.
  return code < 58 ? code - 48 : code - 87
}

function pairAt(bits: number): string {
  return PAIRS[bits] ?? ''
}

/** The UUID of 26 characters, or undefined when they are not what `encodeUuid` gives. */
export function decodeUuid(text: string): Uuid | undefined {
  if (text.length !== 26) return undefined
  let hex = ''
  for (let i = 0; i < 26; i += i === 0 ? 2 : 4) {
    let block = 0
    for (let j = i; j < i + (i === 0 ? 2 : 4); j++) {
      const value = VALUES[text.charCodeAt(j)] ?? -1
      if (value < 0) return undefined
      block = block * 32 + value
    }
    if (i === 0 && block > 255) return undefined
    hex += block.toString(16).padStart(i === 0 ? 2 : 5, '0')
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Uuid
}

export function formatResourceId(id: ResourceId): string {
  return `${encodeUuid(id.patientKey)}.${encodeUuid(id.id)}`
}

/** Undefined for any text this server never gave out: such an id is unknown, which is no error of form. */
export function parseResourceId(text: string): ResourceId | undefined {
  if (text.length !== 53 || text[26] !== '.') return undefined
  const patientKey = decodeUuid(text.slice(0, 26))
  const id = decodeUuid(text.slice(27))
  return patientKey && id ? { patientKey, id } : undefined
}

/**
 * A UUID of version 7: time-ordered.
 * @param milliseconds since 1970
 * @param random ten bytes
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function uuidV7(milliseconds: number, random: Uint8Array): Uuid {
  const time = Math.floor(milliseconds).toString(16).padStart(12, '0')
  let tail = ''
  for (let i = 0; i < 10; i++) tail += BYTES[random[i] ?? 0] ?? ''
  const variant = (8 + (Number.parseInt(tail[4] ?? '0', 16) & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(1, 4)}-${variant}${tail.slice(5, 8)}-${tail.slice(8)}` as Uuid
}

/** Milliseconds since 1970 of a UUID of version 7. */
export function timeOfUuid(uuid: Uuid): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}
