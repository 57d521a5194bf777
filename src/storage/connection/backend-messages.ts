/**
 * What PostgreSQL sends, cut into messages. Nothing is copied but a message that came in two pieces, and nothing is decoded:
 * whoever takes a message reads what it needs of its bytes, and may keep a part of them.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** Bytes `from` to `to` are the message without its kind and length. */
export type TakeMessage = (kind: number, bytes: Buffer, from: number, to: number) => void

/** A kind, and the length of the rest with itself. */
const HEAD = 5
/** PostgreSQL sends no field above 1 GB, and nothing asked for here comes near it. */
const LONGEST = 0x4000_0000

const nothing = Buffer.alloc(0)

export class BackendMessages {
  readonly #take: TakeMessage
  /** The beginning of a message whose end has not come. */
  #begun: Buffer = nothing
  /** Pieces behind it, and how many bytes all of them must be before it is worth looking. */
  #pieces: Buffer[] = []
  #held = 0
  #wanted = HEAD

  constructor(take: TakeMessage) {
    this.#take = take
  }

  /** @throws Error for a length that no message has: what follows cannot be understood */
  add(chunk: Buffer): void {
    let rest = chunk
    while (this.#held > 0 && rest.length > 0) {
      const piece = rest.subarray(0, this.#wanted - this.#held)
      this.#pieces.push(piece)
      this.#held += piece.length
      rest = rest.subarray(piece.length)
      if (this.#held < this.#wanted) return
      this.#cut(this.#joined())
    }
    if (rest.length > 0) this.#cut(rest)
  }

  /** One message, or its head alone: a long one is put together once, and what comes behind it stays where it is. */
  #joined(): Buffer {
    const whole = Buffer.concat([this.#begun, ...this.#pieces], this.#held)
    this.#begun = nothing
    this.#pieces = []
    this.#held = 0
    return whole
  }

  #cut(bytes: Buffer): void {
    let at = 0
    this.#wanted = HEAD
    while (at + HEAD <= bytes.length) {
      const length = bytes.readUInt32BE(at + 1)
      if (length < 4 || length > LONGEST) throw new Error('PostgreSQL sent what is no message')
      const end = at + 1 + length
      if (end > bytes.length) {
        this.#wanted = 1 + length
        break
      }
      this.#take(bytes[at] ?? 0, bytes, at + HEAD, end)
      at = end
    }
    if (at === bytes.length) return
    this.#begun = bytes.subarray(at)
    this.#held = this.#begun.length
  }
}
