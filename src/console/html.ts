/**
 * HTML by a tag: what is put in is escaped, unless it is HTML itself. There is no other way from text to a page, so a value
 * with `<` in it is shown and never read.
 * @see https://html.spec.whatwg.org/multipage/syntax.html
 */
const written: unique symbol = Symbol('HTML')

export type Html = { readonly [written]: string }
type Value = Html | string | number | undefined | false | readonly Value[]

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = parts[0] ?? ''
  values.forEach((value, at) => {
    text += valueText(value) + (parts[at + 1] ?? '')
  })
  return { [written]: text }
}

export function htmlText(value: Html): string {
  return value[written]
}

function valueText(value: Value): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return isList(value) ? value.map(valueText).join('') : value[written]
}

function isList(value: Html | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value)
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => references[character] ?? character)
}
