/**
 * Bytes of an XML document → text as they come, by its byte order mark or its declared encoding: UTF-8, ISO-8859-1,
 * ISO-8859-15 or windows-1252. Anything else is refused, and so are bytes that are not what was declared.
 * ISO-8859-1 is read as windows-1252, as browsers do: they differ in control characters that XML discourages.
 * @see https://www.w3.org/TR/xml/#charencoding and Appendix F; https://encoding.spec.whatwg.org/#names-and-labels
 */
const decoders: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['iso-8859-1', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
  ['windows-1252', 'windows-1252'],
])

const declaration =
  /^<\?xml[ \t\r\n][^>]{0,200}?encoding[ \t\r\n]*=[ \t\r\n]*(?:"([^"]{1,40})"|'([^']{1,40})')/
const declarationBytes = 300

/** What windows-1252 has from 0x80 to 0x9F; five places are empty. Node 20's decoder leaves them as control characters. */
const between0x80And0x9f = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

export class XmlDecoder {
  readonly #encoding: string | undefined
  readonly #decoder: InstanceType<typeof TextDecoder>
  #marked: boolean

  /** @param start the first bytes of the document: 300, or all it has */
  constructor(start: Uint8Array) {
    this.#marked = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf
    const match = declaration.exec(asciiStart(this.#marked ? start.subarray(3) : start))
    const declared = (match?.[1] ?? match?.[2] ?? 'utf-8').toLowerCase()
    const encoding = decoders.get(declared)
    this.#encoding = this.#marked && encoding !== 'utf-8' ? undefined : encoding
    this.#decoder = new TextDecoder(this.#encoding ?? 'utf-8', { fatal: true, ignoreBOM: true })
  }

  /**
   * The text of the next bytes; of a character that is cut in two, the second half brings it. The bytes of a byte order
   * mark come with the first.
   * @param isLast whether none will follow
   * @returns undefined when the encoding is not one of those above, or the bytes are not of it
   */
  decode(bytes: Uint8Array, isLast: boolean): string | undefined {
    if (this.#encoding === undefined) return undefined
    const content = this.#marked ? bytes.subarray(3) : bytes
    this.#marked = false
    try {
      const text = this.#decoder.decode(content, { stream: !isLast })
      if (this.#encoding !== 'windows-1252') return text
      return text.replace(/[\u0080-\u009f]/g, (c) => between0x80And0x9f[c.charCodeAt(0) - 0x80] ?? c)
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }
}

/** UTF-16 and UTF-32 show no declaration this way: they then fail to decode as UTF-8, or to parse. */
function asciiStart(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes.subarray(0, declarationBytes))
    text += byte < 0x80 ? String.fromCharCode(byte) : '?'
  return text
}
