/**
 * A body as it comes: the contents of documents go aside, decoded, hashed and sealed; what is left, with a placeholder for
 * each, is what will be parsed. A string that is short or is no base64 stays as it is.
 */
import { giveBack } from '../storage/give-back.ts'
import { Base64Reader, type Stop } from './base64-reader.ts'
import type { BodyScanner } from './body-scanner.ts'
import type { ContentSink } from './content-sink.ts'
import { JsonScanner } from './json-scanner.ts'
import type { SetAside } from './set-aside.ts'
import { XmlScanner } from './xml-scanner.ts'

/** Of base64: a string up to this stays in the body. */
export const SHORT_CONTENT = 64 * 1024

export class BodyIntake {
  readonly #scanner: BodyScanner
  readonly #newReader: () => Base64Reader
  readonly #setAside: SetAside
  readonly #short: number
  /** Of the string that is being read. */
  #reader: Base64Reader | undefined
  #raw: Buffer[] = []
  #rawLength = 0
  #plain: Buffer[] = []
  #sink: ContentSink | undefined
  #scratch = Buffer.alloc(0)
  #kept = 0

  /**
   * @param paths where contents may stand, as `entry.resource.data`
   * @param short the longest base64 that stays in the body
   */
  constructor(
    format: 'json' | 'xml',
    paths: readonly string[],
    setAside: SetAside,
    short: number = SHORT_CONTENT,
  ) {
    const scanner = format === 'json' ? new JsonScanner(paths) : new XmlScanner(paths)
    this.#scanner = scanner
    this.#newReader = () => (format === 'json' ? Base64Reader.ofJson() : Base64Reader.ofXml(scanner.quote))
    this.#setAside = setAside
    this.#short = short
  }

  /** Bytes that what was set aside holds in memory. */
  get kept(): number {
    return this.#kept
  }

  /**
   * @param piece the intake's from then on: where nothing of it stays its memory is given back
   * @returns what of it stays in the body
   */
  async take(piece: Buffer): Promise<Buffer[]> {
    const rest: Buffer[] = []
    for (let at = 0; at < piece.length; ) {
      if (!this.#reader) {
        const begin = this.#scanner.scan(piece, at)
        if (begin < 0 && at === 0) return [...rest, piece]
        // A copy: a few bytes of it would keep all of its memory.
        rest.push(Buffer.from(piece.subarray(at, begin < 0 ? piece.length : begin)))
        if (begin < 0) break
        this.#reader = this.#newReader()
        at = begin
        continue
      }
      const stop = this.#reader.read(piece, at, this.#room(piece.length))
      await this.#keep(piece.subarray(at, this.#reader.at), this.#scratch.subarray(0, this.#reader.written))
      at = this.#reader.at
      if (stop !== 'piece') rest.push(...(await this.#close(this.#reader, stop)))
    }
    giveBack(piece)
    return rest
  }

  /** What of the body's end stays in it: it ended inside a string, and the parser will say so. */
  async end(): Promise<Buffer[]> {
    return this.#reader ? this.#close(this.#reader, 'foreign') : []
  }

  #room(length: number): Buffer {
    const needed = Math.ceil(length / 4) * 3 + 3
    if (this.#scratch.length < needed) this.#scratch = Buffer.allocUnsafeSlow(needed)
    return this.#scratch
  }

  async #keep(raw: Buffer, plain: Buffer): Promise<void> {
    if (this.#sink) return this.#sink.write(plain)
    this.#raw.push(Buffer.from(raw))
    this.#plain.push(Buffer.from(plain))
    this.#rawLength += raw.length
    if (this.#rawLength <= this.#short) return
    this.#sink = this.#setAside.newSink()
    for (const early of this.#plain) await this.#sink.write(early)
    this.#raw = []
    this.#plain = []
  }

  async #close(reader: Base64Reader, stop: Stop): Promise<Buffer[]> {
    const { unread } = reader
    this.#scanner.resume(stop === 'end')
    if (stop !== 'end') this.#scanner.scan(unread, 0)
    const rest = this.#sink ? await this.#setAsideWith(this.#sink, reader, stop) : this.#raw
    this.#reader = undefined
    this.#sink = undefined
    this.#raw = []
    this.#plain = []
    this.#rawLength = 0
    return rest
  }

  async #setAsideWith(sink: ContentSink, reader: Base64Reader, stop: Stop): Promise<Buffer[]> {
    const isBase64 = stop === 'end' && reader.isWhole
    const found = sink.isTooLarge ? 'too-large' : isBase64 ? await sink.end() : 'not-base64'
    if (typeof found === 'object') this.#kept += found.first.length
    const placeholder = Buffer.from(this.#setAside.add(found), 'latin1')
    return [placeholder, stop === 'end' ? Buffer.from(this.#scanner.quote, 'latin1') : reader.unread]
  }
}
