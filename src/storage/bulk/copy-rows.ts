/**
 * Rows in the binary form that COPY takes: no text to be escaped, written twice and parsed again, and a document's bytes as
 * they are.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 *
 * That values are of the type of their columns nobody checks here: PostgreSQL refuses what has not the form of its type.
 */
import type { Uuid } from '../../fhir/id.ts'
import { UUID_BYTES } from '../uuid-bytes.ts'
import { GrowingBytes } from './growing-bytes.ts'

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** Of one message to PostgreSQL. */
const CHUNK_BYTES = 256 * 1024
const TEXT_OID = 25
const UUID_OID = 2950
/** Times are microseconds since 2000 there. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
const HIGH = 2 ** 32
const LARGEST = { high: 0x7fff_ffff, low: HIGH - 1 } as const
const SMALLEST = { high: -0x8000_0000, low: 0 } as const

/** One value after the other, in the order of the columns. */
export type RowWriter = {
  row(columns: number): RowWriter
  null(): RowWriter
  boolean(value: boolean): RowWriter
  int4(value: number): RowWriter
  text(value: string): RowWriter
  uuid(value: Uuid | null): RowWriter
  /** Of a bytea, or of any other value in the form in which PostgreSQL sends it. */
  bytes(value: Uint8Array | null): RowWriter
  /** @param milliseconds since 1970, ±Infinity where open; undefined: null */
  timestamp(milliseconds: number | undefined): RowWriter
  texts(values: readonly string[]): RowWriter
  uuids(values: readonly Uuid[]): RowWriter
}

export class CopyRows extends GrowingBytes implements RowWriter {
  #isFirst = false
  #key: Uuid | undefined
  readonly #keyBytes = Buffer.alloc(UUID_BYTES)

  constructor() {
    super()
    this.put(HEADER)
  }

  /** Whether there is no row. */
  get isEmpty(): boolean {
    return this.length === HEADER.length
  }

  /** To be used for other rows, once PostgreSQL has these. */
  override clear(): void {
    super.clear()
    this.put(HEADER)
  }

  /** All of it, its end included; nothing is to be added afterwards. */
  chunks(): readonly Buffer[] {
    this.row(-1)
    const chunks: Buffer[] = []
    for (let at = 0; at < this.length; at += CHUNK_BYTES) chunks.push(this.slice(at, at + CHUNK_BYTES))
    return chunks
  }

  row(columns: number): this {
    this.int16(columns)
    this.#isFirst = true
    return this
  }

  null(): this {
    this.int32(-1)
    return this
  }

  boolean(value: boolean): this {
    this.int32(1)
    this.byte(value ? 1 : 0)
    return this
  }

  int4(value: number): this {
    this.int32(4)
    this.int32(value)
    return this
  }

  text(value: string): this {
    const opened = this.open()
    this.putText(value)
    this.close(opened)
    return this
  }

  uuid(value: Uuid | null): this {
    if (value === null) return this.null()
    this.int32(UUID_BYTES)
    // Row after row of one record: the key that they begin with is read once.
    if (this.#isFirst && value === this.#key) this.put(this.#keyBytes)
    else if (this.putUuid(value)) {
      if (this.#isFirst) {
        this.#key = value
        this.#keyBytes.set(this.since(this.length - UUID_BYTES))
      }
    } else throw new RangeError('A row has a key that is no UUID')
    this.#isFirst = false
    return this
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.null()
    this.int32(value.length)
    this.put(value)
    return this
  }

  timestamp(milliseconds: number | undefined): this {
    if (milliseconds === undefined) return this.null()
    const { high, low } = microsecondsOf(milliseconds)
    this.int32(8)
    this.int32(high)
    this.int32(low)
    return this
  }

  texts(values: readonly string[]): this {
    return this.#array(values, TEXT_OID, (value) => this.text(value))
  }

  uuids(values: readonly Uuid[]): this {
    return this.#array(values, UUID_OID, (value) => this.uuid(value))
  }

  #array<T>(values: readonly T[], type: number, write: (value: T) => void): this {
    const opened = this.open()
    this.int32(values.length === 0 ? 0 : 1)
    // No nulls in it.
    this.int32(0)
    this.int32(type)
    if (values.length > 0) {
      this.int32(values.length)
      this.int32(1)
      for (const value of values) write(value)
    }
    this.close(opened)
    return this
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
