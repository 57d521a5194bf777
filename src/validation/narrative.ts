/**
 * Narrative: one div of XHTML for display, without anything active.
 * @see https://hl7.org/fhir/R4/narrative.html#rules (allowed elements and attributes; invariant txt-1)
 *
 * Not checked: that the XHTML is well-formed, and styles. Whoever shows a narrative sanitises it again.
 */
const names = (
  'a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn dir div dl dt em ' +
  'font h1 h2 h3 h4 h5 h6 hr i img ins kbd li menu ol p pre q s samp small span strike strong sub sup table tbody td ' +
  'tfoot th thead tr tt u ul var'
).split(' ')
const elements = new Set(names)
/** What stands between `<` and `>` of a tag without attributes: most tags are found here, without an expression. */
const plainTags = new Set(names.flatMap((name) => [name, `/${name}`, `${name}/`, `${name} /`]))

const DIV = /^\s*<div[\s>/]/
const END = /(?:<\/div\s*>|^\s*<div[^<>]*\/>)\s*$/
const TAG = /<\/?([A-Za-z][A-Za-z0-9]*)((?:[^<>"']|"[^<"]*"|'[^<']*')*)>/y
const COMMENT = /<!--(?:[^-]|-(?!-))*-->/y
/** Event handlers, links that run something, and links that hide what they are behind character references. */
const ACTIVE =
  /[\s"']on[a-z]+\s*=|=\s*(?:["']\s*)?(?:javascript|vbscript|data\s*:\s*text)|(?:href|src)\s*=\s*(?:"[^"&]*&#|'[^'&]*&#)/i

export function isDisplayXhtml(text: string): boolean {
  if (!DIV.test(text) || !END.test(text)) return false
  let at = text.indexOf('<')
  while (at >= 0) {
    const close = text.indexOf('>', at)
    if (!plainTags.has(text.slice(at + 1, close))) {
      const end = endOfMarkup(text, at)
      if (end === undefined) return false
      at = text.indexOf('<', end)
    } else at = text.indexOf('<', close)
  }
  return true
}

/** Where a tag with attributes or a comment ends; undefined when it has no place in a narrative. */
function endOfMarkup(text: string, at: number): number | undefined {
  TAG.lastIndex = at
  const tag = TAG.exec(text)
  if (tag?.[1] !== undefined) {
    return elements.has(tag[1]) && !ACTIVE.test(tag[2] ?? '') ? TAG.lastIndex : undefined
  }
  COMMENT.lastIndex = at
  return COMMENT.test(text) ? COMMENT.lastIndex : undefined
}
