/**
 * Text in XML. Line ends and tabs in attributes are written as character references, or a reader would make them spaces.
 * @see https://www.w3.org/TR/xml/#charsets, #AVNormalize
 */

const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const ALL_NOT_XML = new RegExp(NOT_XML, 'gu')
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must be looked at twice
const UNSAFE = /[&<"\u0000-\u001f\ud800-\udfff\ufffe\uffff]/

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Whether every character has a place in XML 1.0: no control character, lone surrogate, U+FFFE or U+FFFF. */
export function isXmlText(text: string): boolean {
  return !UNSAFE.test(text) || !NOT_XML.test(text)
}

/** What XML has no place for is shown as U+FFFD: a refusal may repeat what was sent, and is told in either format. */
export function asXmlText(text: string): string {
  return isXmlText(text) ? text : text.replace(ALL_NOT_XML, '\ufffd')
}

/** Between double quotes; undefined when XML cannot hold it. */
export function escapeAttribute(text: string): string | undefined {
  if (!UNSAFE.test(text)) return text
  if (NOT_XML.test(text)) return undefined
  return text.replace(/[&<"\t\n\r]/g, (character) => references[character] ?? character)
}

/** Between tags. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => references[character] ?? character)
}
