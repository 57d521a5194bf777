/**
 * The resources that a trace names, packed: `Type/id/version` of 50 characters in 18 bytes. One after the other:
 * a number (2 × code of the type, plus 1 when the id is no UUID), the 16 bytes of the UUID or a length and the id's text, and
 * the version. Two numbers stand for something else: 0, before how many more there were; 1, before the length and the text
 * of an entity that has no such form, which is how those of before migration 0010 stand.
 * Numbers are written as in protocol buffers: seven bits a byte, the lowest first.
 * @see https://protobuf.dev/programming-guides/encoding/#varints
 */
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import { UUID_BYTES, writeUuidOfId } from '../uuid-bytes.ts'
import { namesOf, OTHER_TYPE, typeCodes } from './trace-codes.ts'

const LEFT_OUT = 0
const VERBATIM = 1
const MAX_ID_BYTES = 255
const MAX_NUMBER_BYTES = 5

const types = namesOf(typeCodes)

/** @param entities as `TraceRow.entities` */
export function encodeEntities(entities: readonly string[]): Buffer {
  if (entities.length === 0) return NONE
  let end = 0
  for (const entity of entities) end = writeEntity(entity, end)
  return Buffer.from(scratch.subarray(0, end))
}

const NONE = Buffer.alloc(0)
/** Where entities are put together before they are copied out; no call leaves anything in it for the next. */
let scratch = Buffer.allocUnsafe(4096)

export function decodeEntities(bytes: Buffer): string[] {
  const reader = new Reader(bytes)
  const entities: string[] = []
  while (!reader.atEnd) entities.push(readEntity(reader))
  return entities
}

/** What stands before the version: where these bytes are, the resource is named. @param id its text in the entity */
export function entityBytes(type: string, id: string): Buffer {
  const code = typeCodes[type]
  if (code === undefined || code <= OTHER_TYPE) throw new Error(`No resource type of R4: ${type}`)
  makeRoom(0, id)
  return Buffer.from(scratch.subarray(0, writeName(code, id, 0)))
}

/** @returns where it ends */
function writeEntity(entity: string, at: number): number {
  makeRoom(at, entity)
  const first = entity.indexOf('/')
  const last = entity.lastIndexOf('/')
  if (last > first + 1 && entity.indexOf('/', first + 1) === last) {
    const type = entity.slice(0, first)
    const version = entity.slice(last + 1)
    if (isCoded(type) && isCanonical(version))
      return writeNumber(Number(version), writeName(typeCodes[type] ?? 0, entity.slice(first + 1, last), at))
  }
  const leftOut = entity.startsWith('+') ? entity.slice(1) : ''
  if (isCanonical(leftOut)) return writeNumber(Number(leftOut), writeNumber(LEFT_OUT, at))
  const begin = writeNumber(Buffer.byteLength(entity, 'utf8'), writeNumber(VERBATIM, at))
  return begin + scratch.write(entity, begin, 'utf8')
}

function writeName(code: number, id: string, at: number): number {
  const begin = writeNumber(code * 2, at)
  if (writeUuidOfId(id, scratch, begin)) return begin + UUID_BYTES
  const length = Buffer.byteLength(id, 'utf8')
  if (length > MAX_ID_BYTES) throw new RangeError('The id of a resource is too long for a trace')
  const text = writeNumber(code * 2 + 1, at)
  scratch[text] = length
  return text + 1 + scratch.write(id, text + 1, 'utf8')
}

/** For a text of which three bytes are the most that a unit of UTF-16 takes, and for the numbers beside it. */
function makeRoom(at: number, text: string): void {
  const end = at + 3 * text.length + 2 * MAX_NUMBER_BYTES + UUID_BYTES
  if (end <= scratch.length) return
  const larger = Buffer.allocUnsafe(2 * end)
  scratch.copy(larger, 0, 0, at)
  scratch = larger
}

function isCoded(type: string): boolean {
  return (typeCodes[type] ?? 0) > OTHER_TYPE
}

/** A number that is written again as it was. */
function isCanonical(text: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(text)
}

function readEntity(reader: Reader): string {
  const head = reader.number()
  if (head === LEFT_OUT) return `+${reader.number()}`
  if (head === VERBATIM) return reader.bytes(reader.number()).toString('utf8')
  const type = types.get(head >> 1)
  if (type === undefined) throw new Error(`A trace names a resource of the unknown type ${head >> 1}`)
  const id = head & 1 ? reader.bytes(reader.byte()).toString('utf8') : encodeUuid(uuidOf(reader.bytes(16)))
  return `${type}/${id}/${reader.number()}`
}

export function uuidOf(bytes: Buffer): Uuid {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Uuid
}

/** @param value a whole number from 0, below 2^31 @returns where it ends */
function writeNumber(value: number, at: number): number {
  let rest = value
  let end = at
  for (; rest > 127; rest >>>= 7) scratch[end++] = (rest & 127) | 128
  scratch[end++] = rest
  return end
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Error('The entities of a trace end too soon')
    return byte
  }

  number(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw new Error('The entities of a trace hold a number without an end')
  }

  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('The entities of a trace end too soon')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}
