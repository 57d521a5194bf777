/**
 * The narrative of a CDA section as XHTML of FHIR: element by element from a list, nothing handed on as it is. What is not
 * in the list gives its text alone; no attribute but the spans of cells; nothing that could run or lead elsewhere.
 * @see HL7 CDA R2, section narrative block; https://hl7.org/fhir/R4/narrative.html
 */
import { escapeText } from '../../fhir/xml-escape.ts'
import type { CdaNode } from './cda-sections.ts'

const elements: ReadonlyMap<string, string> = new Map([
  ...['table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'sub', 'sup'].map(
    (same) => [same, same] as const,
  ),
  ['item', 'li'],
  ['paragraph', 'p'],
])
const withoutText = new Set(['table', 'thead', 'tbody', 'tfoot', 'tr', 'list'])
const spans = ['colspan', 'rowspan'] as const

/** Markup to be put within a `div`. @returns undefined for one that is longer than `most` characters, or empty */
export function narrativeOf(text: CdaNode, most: number): string | undefined {
  const markup = children(text)
  return markup.length > most || markup.trim() === '' ? undefined : markup
}

function children({ name, content }: CdaNode): string {
  return content
    .map((part) => {
      if (typeof part === 'string') return withoutText.has(name) ? '' : escapeText(part.replace(/\s+/g, ' '))
      return markupOf(part)
    })
    .join('')
}

function markupOf(node: CdaNode): string {
  const { name, attributes } = node
  if (name === 'br') return '<br/>'
  if (name === 'renderMultiMedia') return ''
  if (name === 'list') return listOf(node)
  // A caption is no element of every parent that CDA gives it to.
  if (name === 'caption') return `${children(node)} `
  const tag = elements.get(name)
  if (tag === undefined) return children(node)
  const attribute = spans
    .filter((span) => /^[1-9]\d{0,2}$/.test(attributes.get(span) ?? ''))
    .map((span) => ` ${span}="${attributes.get(span)}"`)
    .join('')
  return `<${tag}${attribute}>${children(node)}</${tag}>`
}

function listOf(list: CdaNode): string {
  const tag = list.attributes.get('listType') === 'ordered' ? 'ol' : 'ul'
  const items = list.content.filter((part) => typeof part !== 'string' && part.name === 'item')
  return items.length === 0 ? children(list) : `<${tag}>${children({ ...list, content: items })}</${tag}>`
}
