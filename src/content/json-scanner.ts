/**
 * Walks over the bytes of a JSON text as they come and stops where a watched string begins. Arrays count for nothing in
 * a path: `entry.resource.data` is the `data` of each entry's resource.
 *
 * NOT checked: that it is JSON. Over a text that is none the scanner may lose its way; the parser, which gets every byte
 * that is not base64 in a string, refuses it as it would have refused the whole.
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import type { BodyScanner } from './body-scanner.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const LONGEST_KEY = 64
const DEEPEST = 64

type Frame = { readonly isObject: boolean; key: string }

export class JsonScanner implements BodyScanner {
  readonly quote = '"'
  readonly #watched: ReadonlySet<string>
  readonly #open: Frame[] = []
  #inString = false
  #afterBackslash = false
  #keyNext = false
  /** Of the string that is being read, when it is a key. */
  #key: string | undefined
  /** Too deep for any parser of ours: nothing is watched any more. */
  #lost = false

  /** @param paths as `entry.resource.data` */
  constructor(paths: readonly string[]) {
    this.#watched = new Set(paths)
  }

  scan(piece: Uint8Array, from: number): number {
    if (this.#lost) return -1
    let at = from
    while (at < piece.length) {
      const byte = piece[at++]
      if (this.#inString) {
        this.#readString(byte)
        continue
      }
      if (byte === QUOTE) {
        if (!this.#keyNext && this.#isWatched()) return at
        this.#inString = true
        this.#key = this.#keyNext ? '' : undefined
      } else if (byte === 0x7b || byte === 0x5b) {
        this.#open.push({ isObject: byte === 0x7b, key: '' })
        this.#keyNext = byte === 0x7b
        this.#lost = this.#open.length > DEEPEST
        if (this.#lost) return -1
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#open.pop()
        this.#keyNext = false
      } else if (byte === COLON) this.#keyNext = false
      else if (byte === COMMA) this.#keyNext = this.#open.at(-1)?.isObject ?? false
    }
    return -1
  }

  resume(isEnded: boolean): void {
    this.#inString = !isEnded
    this.#key = undefined
  }

  #readString(byte: number | undefined): void {
    if (this.#afterBackslash) this.#afterBackslash = false
    else if (byte === BACKSLASH) this.#afterBackslash = true
    else if (byte === QUOTE) {
      this.#inString = false
      const frame = this.#open.at(-1)
      if (this.#key !== undefined && frame) frame.key = this.#key
      return
    }
    // A key that is written with escapes, or is longer than any of ours, is not watched: its value stays where it is.
    if (this.#key !== undefined)
      this.#key = this.#key.length < LONGEST_KEY ? this.#key + String.fromCharCode(byte ?? 0) : this.#key
  }

  #isWatched(): boolean {
    if (this.#open.at(-1)?.isObject !== true) return false
    return this.#watched.has(this.#open.flatMap(({ isObject, key }) => (isObject ? [key] : [])).join('.'))
  }
}
