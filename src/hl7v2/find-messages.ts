/**
 * Where the messages of an HL7 v2 file lie, found while it is read: bare, framed by MLLP, or in a batch. A message begins
 * with a line `MSH` and a field separator, and ends before the next, before the frame's end, or with the file.
 * @see HL7 v2.6 §2.10.3 (batches), HL7 MLLP release 1 (VT message FS CR)
 *
 * Not checked: the counts in the trailers of batches, and that every frame is closed.
 */
export type MessageRange = { readonly start: number; readonly end: number }

const CR = 0x0d
const LF = 0x0a
const START_OF_FRAME = 0x0b
const END_OF_FRAME = 0x1c
/** Segments around messages, which belong to none of them. */
const AROUND = new Set(['FHS', 'BHS', 'BTS', 'FTS'])

export class MessageFinder {
  #at = 0
  #lineStart = 0
  #line = ''
  #open: number | undefined

  /** The messages that end in these bytes, in their order. Offsets are those of the whole file. */
  take(bytes: Uint8Array): MessageRange[] {
    const found: MessageRange[] = []
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      const at = this.#at + i
      if (byte === CR || byte === LF || byte === START_OF_FRAME || byte === END_OF_FRAME) {
        if (byte === END_OF_FRAME) this.#close(at, found)
        this.#lineStart = at + 1
        this.#line = ''
      } else if (byte !== undefined && this.#line.length < 4 && !this.#isMark(at, byte)) {
        this.#line += String.fromCharCode(byte)
        if (this.#line.length === 4) this.#begins(found)
      }
    }
    this.#at += bytes.length
    return found
  }

  /** The message that the end of the file ends. */
  end(): MessageRange[] {
    const found: MessageRange[] = []
    this.#close(this.#at, found)
    return found
  }

  #begins(found: MessageRange[]): void {
    const name = this.#line.slice(0, 3)
    if (/[0-9A-Za-z]/.test(this.#line.charAt(3))) return
    if (name === 'MSH' || AROUND.has(name)) this.#close(this.#lineStart, found)
    if (name === 'MSH') this.#open = this.#lineStart
  }

  #close(end: number, found: MessageRange[]): void {
    if (this.#open !== undefined) found.push({ start: this.#open, end })
    this.#open = undefined
  }

  /** The byte order mark of UTF-8, before everything else. */
  #isMark(at: number, byte: number): boolean {
    if (at > 2 || [0xef, 0xbb, 0xbf][at] !== byte) return false
    this.#lineStart = at + 1
    return true
  }
}
