/**
 * The narrative of a resource as XML can hold it: one well-formed div in the XHTML namespace. A resource in JSON has it as
 * a string, where nothing sees to that.
 * @see https://hl7.org/fhir/R4/narrative.html and https://www.w3.org/TR/xml/
 *
 * Rewritten: named entities of HTML become characters, a missing namespace is declared.
 * Refused, though XML would take it: attributes and elements with a prefix but `xml:`, CDATA sections, processing instructions,
 * names of elements with other than letters and digits of ASCII (XHTML has none).
 * NOT checked: which elements and attributes it has.
 */
import { htmlEntities } from './html-entities.ts'
import { isXmlText } from './xml-escape.ts'

const XHTML = 'http://www.w3.org/1999/xhtml'

/** Open elements at once. Each costs its reader memory, and no text for people needs more. */
export const deepestXhtml = 100

/** At most 64 attributes: what repeats without end in an expression costs it its stack. */
const TAG =
  /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:[ \t\r\n]+[A-Za-z_][\w.:-]*[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')){0,64})[ \t\r\n]*(\/?)>/y
const ATTRIBUTE = /([A-Za-z_][\w.:-]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')/g
/** Without a prefix that would have to be declared. Declarations that nothing uses do no harm. */
const PLAIN_NAME = /^(?:xml:|xmlns:(?!xml))?[^:]+$/
const URL = /^https?:\/\/[\w./-]+$/
const COMMENT = /<!--(?:[^-]|-(?!-))*-->/y
const NO_REFERENCE = /&(?!(?:[A-Za-z][A-Za-z0-9]{1,9}|#x[0-9A-Fa-f]{1,6}|#\d{1,7});)/
const REFERENCE = /&(?:([A-Za-z][A-Za-z0-9]{1,9})|#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7})));/g
const xmlEntities: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'quot', 'apos'])

/** The div, fit for XML; undefined when it is none or not well-formed. */
export function wellFormedDiv(source: string): string | undefined {
  const text = source.trim()
  if (!isXmlText(text)) return undefined
  const open: string[] = []
  let out = ''
  for (let at = 0; ; ) {
    const markup = text.startsWith('<!--', at) ? comment(text, at, open) : tag(text, at, open)
    if (!markup) return undefined
    out += markup.written
    at = markup.end
    if (open.length === 0) return at === text.length ? out : undefined
    const next = text.indexOf('<', at)
    const between = next > at ? text.slice(at, next) : ''
    const resolved = between.includes(']]>') ? undefined : resolveReferences(between)
    if (next < 0 || resolved === undefined) return undefined
    out += resolved
    at = next
  }
}

type Markup = { readonly written: string; readonly end: number }

function comment(text: string, at: number, open: readonly string[]): Markup | undefined {
  COMMENT.lastIndex = at
  if (open.length === 0 || !COMMENT.test(text)) return undefined
  return { written: text.slice(at, COMMENT.lastIndex), end: COMMENT.lastIndex }
}

/** @param open names of the open elements: changed by the tag */
function tag(text: string, at: number, open: string[]): Markup | undefined {
  TAG.lastIndex = at
  const match = TAG.exec(text)
  if (!match) return undefined
  const end = TAG.lastIndex
  const [markup, slash, name = '', attributes = '', selfClosing] = match
  if (slash) {
    return open.pop() === name && !attributes && !selfClosing ? { written: markup, end } : undefined
  }
  const isRoot = open.length === 0
  if (isRoot && name !== 'div') return undefined
  const names = attributes === '' ? noNames : attributeNames(attributes)
  const written = resolveReferences(markup)
  if (!names || written === undefined) return undefined
  if (!selfClosing && open.push(name) > deepestXhtml) return undefined
  if (!isRoot || names.has('xmlns')) return { written, end }
  return { written: `<div xmlns="${XHTML}"${written.slice('<div'.length)}`, end }
}

const noNames: ReadonlySet<string> = new Set()

/** Undefined when XML would not take them. */
function attributeNames(attributes: string): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = double ?? single
    if (names.has(name) || !PLAIN_NAME.test(name) || value === undefined) return undefined
    if (name === 'xmlns' ? value !== XHTML : name.startsWith('xmlns:') && !URL.test(value)) return undefined
    names.add(name)
  }
  return names
}

function resolveReferences(text: string): string | undefined {
  if (!text.includes('&')) return text
  if (NO_REFERENCE.test(text)) return undefined
  let faulty = false
  const resolved = text.replace(
    REFERENCE,
    (reference, name?: string, hexadecimal?: string, decimal?: string): string => {
      if (name !== undefined) {
        if (xmlEntities.has(name)) return reference
        const character = htmlEntities.get(name)
        faulty ||= character === undefined
        return character ?? reference
      }
      const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
      faulty ||= code > 0x10ffff || !isXmlText(String.fromCodePoint(code))
      return reference
    },
  )
  return faulty ? undefined : resolved
}
