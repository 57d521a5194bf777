/**
 * What is sent to PostgreSQL for a batch of statements: messages one behind the other in one piece of memory, which is one
 * system call. Values go as texts, bytes as they are.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { BoundValue } from './bind-values.ts'

/** Most batches fit; it grows when one does not. */
const FIRST_BYTES = 64 * 1024
/** Beyond this it is given up again: one large value must not be paid for ever. */
const KEPT_BYTES = 1024 * 1024
/** A character of a string is at most three bytes of UTF-8. */
const WIDEST = 3

export class FrontendMessages {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #at = 0

  parse(name: string, text: string): void {
    const begin = this.#begin('P')
    this.#cString(name)
    this.#cString(text)
    // The types of its parameters: it names them itself.
    this.#int16(0)
    this.#end(begin)
  }

  /** To close what is not there is no error. */
  close(name: string): void {
    const begin = this.#begin('C')
    this.#byte('S')
    this.#cString(name)
    this.#end(begin)
  }

  /** @param binary for each column of the result whether it is wanted as PostgreSQL's bytes; none: all of it as text */
  bind(name: string, values: readonly BoundValue[], binary: readonly boolean[] = []): void {
    const begin = this.#begin('B')
    this.#cString('')
    this.#cString(name)
    if (values.some(Buffer.isBuffer)) {
      this.#int16(values.length)
      for (const value of values) this.#int16(Buffer.isBuffer(value) ? 1 : 0)
    } else this.#int16(0)
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    this.#int16(binary.length)
    for (const isBinary of binary) this.#int16(isBinary ? 1 : 0)
    this.#end(begin)
  }

  describe(): void {
    const begin = this.#begin('D')
    this.#byte('P')
    this.#cString('')
    this.#end(begin)
  }

  execute(): void {
    const begin = this.#begin('E')
    this.#cString('')
    this.#int32(0)
    this.#end(begin)
  }

  sync(): void {
    this.#end(this.#begin('S'))
  }

  /** What was written and not taken is forgotten. */
  clear(): void {
    this.#at = 0
  }

  /** A copy of all that was written since the last time. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#at = 0
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
    return taken
  }

  #begin(kind: string): number {
    this.#room(HEAD)
    this.#bytes[this.#at] = kind.charCodeAt(0)
    this.#at += HEAD
    return this.#at - LENGTH
  }

  #end(begin: number): void {
    this.#bytes.writeInt32BE(this.#at - begin, begin)
  }

  #value(value: BoundValue): void {
    if (value === null) {
      this.#int32(-1)
      return
    }
    this.#room(LENGTH + (typeof value === 'string' ? value.length * WIDEST : value.length))
    const begin = this.#at + LENGTH
    const length =
      typeof value === 'string' ? this.#bytes.write(value, begin) : value.copy(this.#bytes, begin)
    this.#bytes.writeInt32BE(length, this.#at)
    this.#at = begin + length
  }

  #cString(text: string): void {
    this.#room(text.length * WIDEST + 1)
    this.#at += text === '' ? 0 : this.#bytes.write(text, this.#at)
    this.#bytes[this.#at++] = 0
  }

  #byte(character: string): void {
    this.#room(1)
    this.#bytes[this.#at++] = character.charCodeAt(0)
  }

  #int16(value: number): void {
    this.#room(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }

  #int32(value: number): void {
    this.#room(LENGTH)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

const LENGTH = 4
const HEAD = 1 + LENGTH
