/**
 * The small parts of well-formed XML that can be judged without a parser: characters, names, references. Narrower than the
 * specification on purpose: what is not known here is doubted, and left to a parser.
 * @see https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/
 */
import { Stop } from './cda-collector.ts'

export const declaration =
  /^<\?xml[ \t\r\n]+version=(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding=(?:"[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?(?:[ \t\r\n]+standalone=(?:"yes"|"no"|'yes'|'no'))?[ \t\r\n]*\?>/
/** What is no character of XML, and surrogates, which seldom come. */
export const foreign = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/
/** Namespaces that the specification keeps for itself. */
export const reserved = /^http:\/\/www\.w3\.org\/(?:XML\/1998\/namespace|2000\/xmlns\/)$/

export const isNameStart = table(/[A-Za-z_]/)
export const isName = table(/[A-Za-z0-9._-]/)
export const isSpace = table(/[ \t\r\n]/)

const reference = /&(?:(amp|lt|gt|quot|apos)|#([1-9]\d{1,4})|#x([0-9A-Fa-f]{2,4}));/g
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** @throws Stop for a reference to anything but XML's five entities and plain characters */
export function resolved(text: string): string {
  if (!text.includes('&')) return text
  let references = 0
  const plain = text.replace(reference, (_, name?: string, decimal?: string, hexadecimal?: string) => {
    references++
    if (name !== undefined) return entities[name] ?? ''
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
    if (code < 0x20 || (code > 0xd7ff && code < 0xe000) || code > 0xfffd) throw doubt()
    return String.fromCharCode(code)
  })
  if (text.split('&').length - 1 !== references) throw doubt()
  return plain
}

/** What is wrong is not said here: a parser says it. */
export function doubt(): Stop {
  return new Stop('not-well-formed')
}

function table(of: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (of.test(String.fromCharCode(code)) ? 1 : 0))
}
