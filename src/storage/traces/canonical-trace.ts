/**
 * A trace as the bytes that are sealed: what `copy (select … from audit) to stdout (format binary)` gives for its row. So
 * whoever verifies takes them from PostgreSQL as they come, and decodes nothing.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 */
import type { Uuid } from '../../fhir/id.ts'
import { UUID_BYTES, writeUuid } from '../uuid-bytes.ts'
import type { TraceColumns } from './trace-columns.ts'

/** Columns of `audit`, the seal among them. */
export const COLUMNS = 23
/** Bytes of a seal: half a SHA-256, which is as hard to guess as the keys of everything else here. */
export const SEAL_BYTES = 16
/** Where a tuple says what it is: its fields of fixed width come first, each behind the four bytes of its length. */
export const WRITER_AT = 2 + 20 + 20 + 4
export const SEQ_AT = WRITER_AT + 8
export const ID_AT = 2 + 20 + 4

const FIXED = 2 + 2 * 20 + 2 * 8 + 3 * 6 + 4 * 5

/**
 * The whole tuple, the last 16 bytes still zero: the seal goes there.
 * @throws RangeError for a number that its column cannot hold
 */
export function canonicalTrace(columns: TraceColumns, writer: number, seq: number): Buffer {
  const { request_id: requestId, entities } = columns
  const texts = textsOf(columns)
  // Three bytes are the most that a unit of UTF-16 takes.
  let room = FIXED + 8 + requestId.length + entities.length + 4 + SEAL_BYTES
  for (const text of texts) room += 4 + 3 * text.length
  if (used + room > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, room))
    used = 0
  }
  const tuple = slab
  const begin = used
  let at = tuple.writeInt16BE(COLUMNS, begin)
  at = putUuid(columns.id, tuple, putUuid(columns.patient_key, tuple, at))
  at = tuple.writeInt32BE(writer, putLength(4, tuple, at))
  at = tuple.writeInt32BE(seq, putLength(4, tuple, at))
  at = tuple.writeInt16BE(columns.interaction, putLength(2, tuple, at))
  at = tuple.writeInt16BE(columns.status, putLength(2, tuple, at))
  at = tuple.writeInt16BE(columns.resource_type, putLength(2, tuple, at))
  at = putByte(columns.actor.charCodeAt(0), tuple, at)
  at = putByte(columns.authentication.charCodeAt(0), tuple, at)
  at = putByte(columns.mode.charCodeAt(0), tuple, at)
  at = putByte(columns.on_behalf ? 1 : 0, tuple, at)
  for (const text of texts) at = putText(text, tuple, at)
  at = putBytes(entities, tuple, putBytes(requestId, tuple, at))
  at = putLength(SEAL_BYTES, tuple, at)
  tuple.fill(0, at, at + SEAL_BYTES)
  used = at + SEAL_BYTES
  return tuple.subarray(begin, used)
}

/** Tuples are kept until a checkpoint has signed them: one behind the other, they take no more than their bytes. */
const SLAB_BYTES = 64 * 1024
let slab = Buffer.alloc(0)
let used = 0

function putLength(length: number, tuple: Buffer, at: number): number {
  tuple[at] = length >>> 24
  tuple[at + 1] = length >>> 16
  tuple[at + 2] = length >>> 8
  tuple[at + 3] = length
  return at + 4
}

function putUuid(uuid: Uuid, tuple: Buffer, at: number): number {
  const begin = putLength(UUID_BYTES, tuple, at)
  if (!writeUuid(uuid, tuple, begin)) throw new RangeError('A trace has a key that is no UUID')
  return begin + UUID_BYTES
}

function putByte(byte: number, tuple: Buffer, at: number): number {
  return tuple.writeUInt8(byte, putLength(1, tuple, at))
}

function putBytes(bytes: Buffer, tuple: Buffer, at: number): number {
  tuple.set(bytes, putLength(bytes.length, tuple, at))
  return at + 4 + bytes.length
}

/** A short text of ASCII, as most are, by itself: the call that encodes costs more than its characters. */
function putText(text: string, tuple: Buffer, at: number): number {
  const begin = at + 4
  let length = 0
  if (text.length <= SHORT) {
    for (; length < text.length; length++) {
      const code = text.charCodeAt(length)
      if (code > 127) break
      tuple[begin + length] = code
    }
  }
  if (length < text.length) length = tuple.write(text, begin, 'utf8')
  return putLength(length, tuple, at) + length
}

const SHORT = 48

function textsOf(columns: TraceColumns): readonly string[] {
  const { person, organization, profession, client, network, motive, rules, error, query } = columns
  return [person, organization, profession, client, network, motive, rules, error, query]
}

/** What of a tuple is under its seal: all but the seal and the number of columns, which is the same in all. */
export function sealedPart(tuple: Buffer): Buffer {
  return tuple.subarray(2, tuple.length - 4 - SEAL_BYTES)
}

export function sealOf(tuple: Buffer): Buffer {
  return tuple.subarray(tuple.length - SEAL_BYTES)
}
