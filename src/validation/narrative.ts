/**
 * Narrative: one div of XHTML for display, without anything active.
 * @see https://hl7.org/fhir/R4/narrative.html#rules (allowed elements and attributes; invariants txt-1 and txt-2)
 *
 * Checked: the namespace, and that the narrative can be XML too. Not checked: styles. Whoever shows a narrative sanitises
 * it again.
 */
import { wellFormedDiv } from '../fhir/xhtml-div.ts'

const names = (
  'a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em ' +
  'font h1 h2 h3 h4 h5 h6 hr i img ins kbd li menu ol p pre q s samp small span strike strong sub sup table tbody td ' +
  'tfoot th thead tr tt u ul var'
).split(' ')
const elements = new Set(names)
/** What stands between `<` and `>` of a tag without attributes: most tags are found here, without an expression. */
const plainTags = new Set(names.flatMap((name) => [name, `/${name}`, `${name}/`, `${name} /`]))

const DIV = /^\s*<div\s(?:[^<>]*\s)?xmlns\s*=\s*["']http:\/\/www\.w3\.org\/1999\/xhtml["']/
const END = /(?:<\/div\s*>|^\s*<div[^<>]*\/>)\s*$/
const TAG = /<\/?([A-Za-z][A-Za-z0-9]*)((?:[^<>"']|"[^<"]*"|'[^<']*')*)>/y
const COMMENT = /<!--(?:[^-]|-(?!-))*-->/y
/** Event handlers, links that run something, and links that hide what they are behind character references. */
const ACTIVE =
  /[\s"']on[a-z]+\s*=|=\s*(?:["']\s*)?(?:javascript|vbscript|data\s*:\s*text)|(?:href|src)\s*=\s*(?:"[^"&]*&#|'[^'&]*&#)/i

export function isDisplayXhtml(text: string): boolean {
  if (!DIV.test(text) || !END.test(text)) return false
  const open: string[] = []
  let at = text.indexOf('<')
  while (at >= 0) {
    const close = text.indexOf('>', at)
    const inner = text.slice(at + 1, close)
    const isPlain = plainTags.has(inner)
    const tag = isPlain ? inner : tagAt(text, at)
    if (tag === undefined) return false
    if (tag.charCodeAt(0) === SLASH) {
      if (open.pop() !== tag.slice(1)) return false
      // What comes after the closing tag of the outermost div is no part of it.
      if (open.length === 0 && text.indexOf('<', at + 1) >= 0) return false
    } else if (tag !== '' && tag.charCodeAt(tag.length - 1) !== SLASH) open.push(tag)
    at = text.indexOf('<', isPlain ? close : endOf(tag))
  }
  return open.length === 0 && wellFormedDiv(text) !== undefined
}

const SLASH = 0x2f

/** Where the last look at a tag with attributes or a comment ended. */
function endOf(tag: string): number {
  return tag === '' ? COMMENT.lastIndex : TAG.lastIndex
}

/**
 * A tag with attributes as its name, `/name` or `name/`, a comment as ''; undefined when it has no place in a narrative.
 */
function tagAt(text: string, at: number): string | undefined {
  TAG.lastIndex = at
  const tag = TAG.exec(text)
  if (tag?.[1] !== undefined) {
    const [, name, attributes = ''] = tag
    if (!elements.has(name) || ACTIVE.test(attributes)) return undefined
    if (text.charCodeAt(at + 1) === SLASH) return `/${name}`
    return attributes.endsWith('/') ? `${name}/` : name
  }
  COMMENT.lastIndex = at
  return COMMENT.test(text) ? '' : undefined
}

const IMAGE = /<img[\s/>]/

/** Whether there is anything to see: a text or an image (txt-2). */
export function hasContent(text: string): boolean {
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const end = next < 0 ? text.length : next
    if (text.slice(at, end).trim() !== '') return true
    if (next < 0) return false
    const comment = text.startsWith('<!--', next)
    const close = comment ? text.indexOf('-->', next) : text.indexOf('>', next)
    if (close < 0) return true
    if (!comment && IMAGE.test(text.slice(next, next + 5))) return true
    at = close + 1
  }
  return false
}
