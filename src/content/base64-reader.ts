/**
 * Base64 out of the value of a JSON string or an XML attribute, byte by byte as it comes: letters, white space, padding,
 * and letters written as an escape or a character reference. It stops at the closing quote, and before the first byte that
 * is no base64: what that means is for the parser to say, and it is given that byte and all that follow.
 * @see RFC 4648 §4; https://hl7.org/fhir/R4/datatypes.html#base64Binary (white space is allowed); RFC 8259 §7; XML 1.0 §4.1
 */
const PAD = 64
const SPACE = 65
const END = 66
const ESCAPE = 67
const FOREIGN = 255

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** Below this many letters Node is no faster. */
const SHORT = 64
/** `&#x0000002B;` is one too. */
const LONGEST_ESCAPE = 16

function kinds(of: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(256).fill(FOREIGN)
  for (let i = 0; i < ALPHABET.length; i++) table[ALPHABET.charCodeAt(i)] = i
  for (const [char, kind] of Object.entries({ '=': PAD, ' ': SPACE, ...of })) table[char.charCodeAt(0)] = kind
  return table
}

const lines = { '\t': SPACE, '\r': SPACE, '\n': SPACE }
/** Control characters do not stand in a JSON string as they are. */
const inJson = kinds({ '"': END, '\\': ESCAPE })
const inXml: Readonly<Record<string, Uint8Array>> = {
  '"': kinds({ ...lines, '"': END, '&': ESCAPE }),
  "'": kinds({ ...lines, "'": END, '&': ESCAPE }),
}
/** Of a character that was written as an escape: nothing ends there. */
const escaped = kinds({ ...lines, '\f': SPACE })

const jsonEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', '/': '/' }

/** Where a reading stopped: at the end of the piece, after the closing quote, or before a byte that is no base64. */
export type Stop = 'piece' | 'end' | 'foreign'

export class Base64Reader {
  readonly #table: Uint8Array
  readonly #isXml: boolean
  readonly #quote: string
  #bits = 0
  #letters = 0
  #pads = 0
  #escape = ''
  /** Bytes of the piece that are read. */
  at = 0
  /** Plain bytes written. */
  written = 0

  private constructor(table: Uint8Array, isXml: boolean, quote: string) {
    this.#quote = quote
    this.#table = table
    this.#isXml = isXml
  }

  static ofJson(): Base64Reader {
    return new Base64Reader(inJson, false, '"')
  }

  /** @param quote that opened the attribute */
  static ofXml(quote: string): Base64Reader {
    const table = inXml[quote]
    if (!table) throw new Error('No quote of XML')
    return new Base64Reader(table, true, quote)
  }

  /** Whether what has been read is base64 from its start to its end: no letter is left over, the padding is right. */
  get isWhole(): boolean {
    if (this.#escape !== '') return false
    return this.#pads === 0 ? this.#letters === 0 : this.#letters + this.#pads === 4
  }

  /** The bytes of an escape that has begun and stands nowhere else: to be handed on when it means nothing. */
  get unread(): Buffer {
    return Buffer.from(this.#escape, 'latin1')
  }

  /**
   * Reads on; `at` and `written` say how far it came.
   * @param out takes three bytes for each four of the piece, and three more
   */
  read(piece: Buffer, from: number, out: Buffer): Stop {
    const table = this.#table
    let at = from
    let written = 0
    let isTried = false
    let bits = this.#bits
    let letters = this.#letters
    let stop: Stop = 'piece'
    while (at < piece.length) {
      if (letters === 0 && !isTried && this.#pads === 0 && this.#escape === '') {
        isTried = true
        const plain = this.#readPlain(piece, at, out, written)
        at += plain
        written += (plain / 4) * 3
      }
      let kind = FOREIGN
      if (this.#escape === '') {
        kind = table[piece[at] ?? 0] ?? FOREIGN
        if (kind === END) {
          at++
          stop = 'end'
          break
        }
      } else kind = ESCAPE
      if (kind === ESCAPE) {
        kind = this.#readEscape(piece[at] ?? 0)
        if (kind === ESCAPE) {
          at++
          continue
        }
      }
      if (kind < PAD && this.#pads === 0) {
        bits = (bits << 6) | kind
        if (++letters === 4) {
          out[written++] = bits >> 16
          out[written++] = bits >> 8
          out[written++] = bits
          letters = 0
          bits = 0
        }
      } else if (kind === PAD && letters + this.#pads < 4 && letters >= 2) {
        // The first sign of padding says how many bytes the last letters are.
        if (this.#pads === 0) {
          out[written++] = letters === 3 ? bits >> 10 : bits >> 4
          if (letters === 3) out[written++] = bits >> 2
        }
        this.#pads++
      } else if (kind !== SPACE) {
        stop = 'foreign'
        break
      }
      if (this.#escape !== '') this.#escape = ''
      at++
    }
    this.#bits = bits
    this.#letters = letters
    this.at = at
    this.written = written
    return stop
  }

  /**
   * Most base64 is letters alone, up to its end: Node decodes these many times faster. It leaves out what is no letter, so
   * nothing was left out when the length is right, but for the URL alphabet that it takes too.
   * @returns how many letters it read, of whole groups of four; the others are read one by one
   */
  #readPlain(piece: Buffer, from: number, out: Buffer, at: number): number {
    const end = piece.indexOf(this.#quote, from)
    // The last group may be padded.
    const count = ((end < 0 ? piece.length : end) - from - 4) & ~3
    if (count < SHORT) return 0
    const text = piece.toString('latin1', from, from + count)
    const isPlain =
      out.write(text, at, 'base64') === (count / 4) * 3 && !text.includes('-') && !text.includes('_')
    return isPlain ? count : 0
  }

  /** One more byte of an escape: ESCAPE while it goes on, then the kind of the character that it means. */
  #readEscape(byte: number): number {
    const text = this.#escape + String.fromCharCode(byte)
    const meant = this.#isXml ? meantInXml(text) : meantInJson(text)
    if (meant === undefined) {
      this.#escape = text
      return ESCAPE
    }
    return meant.length === 1 ? (escaped[meant.charCodeAt(0)] ?? FOREIGN) : FOREIGN
  }
}

/** The character, undefined while more is to come, '' for what is no character of base64. */
function meantInJson(text: string): string | undefined {
  const letter = text[1]
  if (letter === undefined) return undefined
  if (letter !== 'u') return jsonEscapes[letter] ?? ''
  if (!/^\\u[0-9A-Fa-f]*$/.test(text)) return ''
  return text.length < 6 ? undefined : String.fromCharCode(Number.parseInt(text.slice(2), 16))
}

function meantInXml(text: string): string | undefined {
  const match = /^&(?:$|#(?:$|([0-9]+)(;?)$|x(?:$|([0-9A-Fa-f]+)(;?)$)))/.exec(text)
  if (!match || text.length > LONGEST_ESCAPE) return ''
  if (!text.endsWith(';')) return undefined
  const code = match[1] === undefined ? Number.parseInt(match[3] ?? '', 16) : Number(match[1])
  return code < 0x80 ? String.fromCharCode(code) : ''
}
