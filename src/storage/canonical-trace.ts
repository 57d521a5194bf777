/**
 * A trace as the bytes that are sealed: what `copy (select … from audit) to stdout (format binary)` gives for its row. So
 * whoever verifies takes them from PostgreSQL as they come, and decodes nothing.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 */
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
  const tuple = Buffer.allocUnsafe(room)
  let at = tuple.writeInt16BE(COLUMNS)
  for (const uuid of [columns.patient_key, columns.id]) {
    at = tuple.writeInt32BE(16, at)
    at += tuple.write(uuid.replaceAll('-', ''), at, 16, 'hex')
  }
  for (const whole of [writer, seq]) at = tuple.writeInt32BE(whole, tuple.writeInt32BE(4, at))
  for (const code of [columns.interaction, columns.status, columns.resource_type])
    at = tuple.writeInt16BE(code, tuple.writeInt32BE(2, at))
  for (const code of [columns.actor, columns.authentication, columns.mode])
    at = tuple.writeUInt8(code.charCodeAt(0), tuple.writeInt32BE(1, at))
  at = tuple.writeUInt8(columns.on_behalf ? 1 : 0, tuple.writeInt32BE(1, at))
  for (const text of texts) {
    const length = text === '' ? 0 : tuple.write(text, at + 4, 'utf8')
    at = tuple.writeInt32BE(length, at) + length
  }
  for (const bytes of [requestId, entities]) {
    at = tuple.writeInt32BE(bytes.length, at)
    at += bytes.copy(tuple, at)
  }
  at = tuple.writeInt32BE(SEAL_BYTES, at)
  tuple.fill(0, at, at + SEAL_BYTES)
  return tuple.subarray(0, at + SEAL_BYTES)
}

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
