/**
 * Bytes put one behind the other in memory that grows and is used again: what is made for thousands of rows leaves nothing
 * to be collected. Only where a value begins a length may be left open, to be written when its end is known.
 */
import { UUID_BYTES, writeUuid } from '../uuid-bytes.ts'

const START_BYTES = 64 * 1024
/** What was used for more is given back when it is cleared. */
const KEPT_BYTES = 32 * 1024 * 1024
/** Up to here a loop is faster than the call that copies. */
const FEW = 16

export class GrowingBytes {
  #buffer = Buffer.allocUnsafe(START_BYTES)
  #used = 0

  get length(): number {
    return this.#used
  }

  /** What was put from there on; valid until more is put. */
  since(start: number): Buffer {
    return this.#buffer.subarray(start, this.#used)
  }

  slice(start: number, end: number): Buffer {
    return this.#buffer.subarray(start, Math.min(end, this.#used))
  }

  clear(): void {
    this.#used = 0
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(START_BYTES)
  }

  put(bytes: Uint8Array): void {
    const { length } = bytes
    if (this.#used + length > this.#buffer.length) this.#grow(length)
    const buffer = this.#buffer
    const at = this.#used
    if (length > FEW) buffer.set(bytes, at)
    else for (let i = 0; i < length; i++) buffer[at + i] = bytes[i] ?? 0
    this.#used = at + length
  }

  /** @returns how many bytes of UTF-8 it is */
  putText(value: string): number {
    // No character of UTF-16 is longer than three bytes of UTF-8.
    const most = value.length * 3
    if (this.#used + most > this.#buffer.length) this.#grow(most)
    const bytes = this.#buffer.write(value, this.#used)
    this.#used += bytes
    return bytes
  }

  /** Of letters, digits and signs of ASCII alone. */
  putAscii(value: string): void {
    if (this.#used + value.length > this.#buffer.length) this.#grow(value.length)
    this.#used += this.#buffer.write(value, this.#used, 'latin1')
  }

  /** @returns false, and nothing is put, for what is no UUID */
  putUuid(value: string): boolean {
    if (this.#used + UUID_BYTES > this.#buffer.length) this.#grow(UUID_BYTES)
    if (!writeUuid(value, this.#buffer, this.#used)) return false
    this.#used += UUID_BYTES
    return true
  }

  byte(value: number): void {
    if (this.#used === this.#buffer.length) this.#grow(1)
    this.#buffer[this.#used++] = value
  }

  int16(value: number): void {
    this.byte(value >> 8)
    this.byte(value)
  }

  int32(value: number): void {
    if (this.#used + 4 > this.#buffer.length) this.#grow(4)
    writeInt32(this.#buffer, this.#used, value)
    this.#used += 4
  }

  /** Leaves room for a length. @returns what `close` is to be given */
  open(): number {
    this.int32(0)
    return this.#used
  }

  /** Writes how much was put since: as many bytes as that, in front of them. */
  close(opened: number): void {
    writeInt32(this.#buffer, opened - 4, this.#used - opened)
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#used + bytes))
    this.#buffer.copy(larger, 0, 0, this.#used)
    this.#buffer = larger
  }
}

function writeInt32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
}
