/**
 * Rows in the binary form that COPY takes: no text to be escaped, written twice and parsed again, and a document's bytes as
 * they are.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 *
 * That values are of the type of their columns nobody checks here: PostgreSQL refuses what has not the form of its type.
 */
import type { Uuid } from '../../fhir/id.ts'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
const START_BYTES = 64 * 1024
/** Of one message to PostgreSQL. */
const CHUNK_BYTES = 256 * 1024
const TEXT_OID = 25
const UUID_OID = 2950
/** Times are microseconds since 2000 there. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
const HIGH = 2 ** 32
const LARGEST = { high: 0x7fff_ffff, low: HIGH - 1 } as const
const SMALLEST = { high: -0x8000_0000, low: 0 } as const

export class CopyRows {
  #buffer = Buffer.allocUnsafe(START_BYTES)
  #used = 0

  constructor() {
    this.#used = SIGNATURE.copy(this.#buffer)
    // Flags, and the length of an extension: none.
    this.#int32(0)
    this.#int32(0)
  }

  /** All of it, its end included; nothing is to be added afterwards. */
  chunks(): readonly Buffer[] {
    this.row(-1)
    const chunks: Buffer[] = []
    for (let at = 0; at < this.#used; at += CHUNK_BYTES)
      chunks.push(this.#buffer.subarray(at, Math.min(at + CHUNK_BYTES, this.#used)))
    return chunks
  }

  row(columns: number): this {
    this.#room(2)
    this.#used = this.#buffer.writeInt16BE(columns, this.#used)
    return this
  }

  null(): this {
    this.#int32(-1)
    return this
  }

  boolean(value: boolean): this {
    this.#int32(1)
    this.#room(1)
    this.#used = this.#buffer.writeUInt8(value ? 1 : 0, this.#used)
    return this
  }

  int4(value: number): this {
    this.#int32(4)
    this.#int32(value)
    return this
  }

  text(value: string): this {
    // No character of UTF-16 is longer than three bytes of UTF-8.
    this.#room(4 + value.length * 3)
    const bytes = this.#buffer.write(value, this.#used + 4)
    this.#buffer.writeInt32BE(bytes, this.#used)
    this.#used += 4 + bytes
    return this
  }

  uuid(value: Uuid | null): this {
    if (value === null) return this.null()
    this.#int32(16)
    this.#room(16)
    // Behind its hyphens: hexadecimal digits alone.
    const digits =
      value.slice(0, 8) + value.slice(9, 13) + value.slice(14, 18) + value.slice(19, 23) + value.slice(24)
    this.#used += this.#buffer.write(digits, this.#used, 'hex')
    return this
  }

  /** Of a bytea, or of any other value in the form in which PostgreSQL sends it. */
  bytes(value: Buffer | null): this {
    if (value === null) return this.null()
    this.#int32(value.length)
    this.#room(value.length)
    this.#used += value.copy(this.#buffer, this.#used)
    return this
  }

  /** @param milliseconds since 1970, ±Infinity where open; undefined: null */
  timestamp(milliseconds: number | undefined): this {
    if (milliseconds === undefined) return this.null()
    const { high, low } = microsecondsOf(milliseconds)
    this.#int32(8)
    this.#room(8)
    this.#used = this.#buffer.writeInt32BE(high, this.#used)
    this.#used = this.#buffer.writeUInt32BE(low, this.#used)
    return this
  }

  texts(values: readonly string[]): this {
    return this.#array(values, TEXT_OID, (value) => this.text(value))
  }

  uuids(values: readonly Uuid[]): this {
    return this.#array(values, UUID_OID, (value) => this.uuid(value))
  }

  #array<T>(values: readonly T[], type: number, write: (value: T) => void): this {
    const start = this.#used
    this.#int32(0)
    this.#int32(values.length === 0 ? 0 : 1)
    // No nulls in it.
    this.#int32(0)
    this.#int32(type)
    if (values.length > 0) {
      this.#int32(values.length)
      this.#int32(1)
      for (const value of values) write(value)
    }
    // How long it became stands in front of it.
    this.#buffer.writeInt32BE(this.#used - start - 4, start)
    return this
  }

  #int32(value: number): void {
    this.#room(4)
    this.#used = this.#buffer.writeInt32BE(value, this.#used)
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#used + bytes))
    this.#buffer.copy(larger, 0, 0, this.#used)
    this.#buffer = larger
  }
}

/** Infinity is the largest number of 64 bits, -Infinity the smallest. */
function microsecondsOf(milliseconds: number): { readonly high: number; readonly low: number } {
  if (milliseconds === Number.POSITIVE_INFINITY) return LARGEST
  if (milliseconds === Number.NEGATIVE_INFINITY) return SMALLEST
  // In halves of 32 bits: from 2255 on microseconds are more than a number holds exactly.
  const since = milliseconds - EPOCH_MS
  const upper = Math.floor(since / HIGH)
  const lower = (since - upper * HIGH) * 1000
  const carried = Math.floor(lower / HIGH)
  return { high: upper * 1000 + carried, low: lower - carried * HIGH }
}
