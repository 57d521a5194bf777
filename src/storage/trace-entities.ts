/**
 * The resources that a trace names, packed: `Type/id/version` of 50 characters in 18 bytes. One after the other:
 * a number (2 × code of the type, plus 1 when the id is no UUID), the 16 bytes of the UUID or a length and the id's text, and
 * the version. Two numbers stand for something else: 0, before how many more there were; 1, before the length and the text
 * of an entity that has no such form, which is how those of before migration 0010 stand.
 * Numbers are written as in protocol buffers: seven bits a byte, the lowest first.
 * @see https://protobuf.dev/programming-guides/encoding/#varints
 */
import { decodeUuid, encodeUuid, type Uuid } from '../fhir/id.ts'
import { namesOf, OTHER_TYPE, typeCodes } from './trace-codes.ts'

const LEFT_OUT = 0
const VERBATIM = 1
const MAX_ID_BYTES = 255

const types = namesOf(typeCodes)

/** @param entities as `TraceRow.entities` */
export function encodeEntities(entities: readonly string[]): Buffer {
  const [only, another] = entities
  if (only === undefined) return NONE
  return another === undefined ? encodeEntity(only) : Buffer.concat(entities.map(encodeEntity))
}

const NONE = Buffer.alloc(0)

export function decodeEntities(bytes: Buffer): string[] {
  const reader = new Reader(bytes)
  const entities: string[] = []
  while (!reader.atEnd) entities.push(readEntity(reader))
  return entities
}

/** What stands before the version: where these bytes are, the resource is named. @param id its text in the entity */
export function entityBytes(type: string, id: string): Buffer {
  const uuid = decodeUuid(id)
  const code = typeCodes[type]
  if (code === undefined || code <= OTHER_TYPE) throw new Error(`No resource type of R4: ${type}`)
  if (uuid) return Buffer.concat([number(code * 2), Buffer.from(uuid.replaceAll('-', ''), 'hex')])
  const text = Buffer.from(id, 'utf8')
  if (text.length > MAX_ID_BYTES) throw new RangeError('The id of a resource is too long for a trace')
  return Buffer.concat([number(code * 2 + 1), Buffer.of(text.length), text])
}

function encodeEntity(entity: string): Buffer {
  const [type = '', id, version, ...rest] = entity.split('/')
  if (rest.length === 0 && id && version !== undefined && isCanonical(version) && isCoded(type))
    return Buffer.concat([entityBytes(type, id), number(Number(version))])
  const leftOut = /^\+(\d+)$/.exec(entity)?.[1]
  if (leftOut !== undefined && isCanonical(leftOut))
    return Buffer.concat([number(LEFT_OUT), number(Number(leftOut))])
  const text = Buffer.from(entity, 'utf8')
  return Buffer.concat([number(VERBATIM), number(text.length), text])
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

/** @param value a whole number from 0, below 2^31 */
function number(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
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
