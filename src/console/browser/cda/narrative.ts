/**
 * The narrative block of a section → HTML. Each element of the schema has its own way here; of anything else its text remains.
 * Nothing is taken over from the document but texts, spans of table cells, and addresses of links that begin with http or
 * https. A budget bounds what one document may become.
 * @see CDA R2 §4.3.5 and NarrativeBlock.xsd
 */
import { type Child, element } from '../frame/element.ts'
import { HL7 } from './xml-node.ts'

/** What is left of it: elements and characters. `spent` once there was more. */
export type Budget = { elements: number; characters: number; spent: boolean }

export function newBudget(): Budget {
  return { elements: 40_000, characters: 2_000_000, spent: false }
}

export type Narration = {
  readonly budget: Budget
  readonly footnote: string
  /** The image that this id names, or what stands for it. */
  readonly media: (id: string) => HTMLElement
}

const MAX_DEPTH = 40
const MAX_SPAN = 100

export function narrative(text: Element, narration: Narration, depth = 0): readonly Child[] {
  const made: Child[] = []
  for (const node of text.childNodes) {
    if (node instanceof Element) made.push(elementOf(node, narration, depth + 1))
    else if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE)
      made.push(words(node.nodeValue ?? '', narration.budget))
    if (narration.budget.spent) break
  }
  return made
}

function words(text: string, budget: Budget): string {
  const kept = text.slice(0, Math.max(0, budget.characters))
  budget.characters -= text.length
  if (budget.characters < 0) budget.spent = true
  return kept
}

type Way = (source: Element, inside: () => readonly Child[], narration: Narration) => Child

/** Those whose children alone are shown. */
const through: Way = (_, inside) => element('span', {}, inside())
const named =
  (name: 'sub' | 'sup' | 'p' | 'div' | 'li' | 'thead' | 'tbody' | 'tfoot' | 'tr'): Way =>
  (_, inside) =>
    element(name, {}, inside())

const ways: Readonly<Record<string, Way>> = {
  content: styled,
  linkHtml: link,
  sub: named('sub'),
  sup: named('sup'),
  br: () => element('br'),
  footnote: (_, inside, { footnote }) =>
    element('small', { class: 'cda-note' }, ` (${footnote} : `, inside(), ')'),
  footnoteRef: () => element('sup', {}, '*'),
  renderMultiMedia: (source, inside, { media }) =>
    element('span', { class: 'cda-media' }, media(source.getAttribute('referencedObject') ?? ''), inside()),
  // A caption may stand in a paragraph, and a paragraph may hold what `p` may not.
  paragraph: (_, inside) => element('div', { class: 'cda-paragraph' }, inside()),
  list,
  item: named('li'),
  caption: (source, inside) =>
    source.parentElement?.localName === 'table'
      ? element('caption', {}, inside())
      : element('span', { class: 'cda-caption' }, inside()),
  table: (_, inside) => element('div', { class: 'scroll', tabindex: '0' }, element('table', {}, inside())),
  thead: named('thead'),
  tbody: named('tbody'),
  tfoot: named('tfoot'),
  tr: named('tr'),
  th: cell,
  td: cell,
  col: () => undefined,
  colgroup: () => undefined,
}

function elementOf(source: Element, narration: Narration, depth: number): Child {
  const { budget } = narration
  budget.elements -= 1
  if (budget.elements < 0 || depth > MAX_DEPTH) {
    budget.spent = true
    return undefined
  }
  const known = source.namespaceURI === HL7 && Object.hasOwn(ways, source.localName)
  const way = (known ? ways[source.localName] : undefined) ?? through
  const inside = (): readonly Child[] =>
    onlyElements.has(source.localName) && known
      ? [...source.children].map((child) =>
          budget.spent ? undefined : elementOf(child, narration, depth + 1),
        )
      : narrative(source, narration, depth)
  return way(source, inside, narration)
}

/** Between whose children no text may stand. */
const onlyElements: ReadonlySet<string> = new Set(['table', 'thead', 'tbody', 'tfoot', 'tr'])

function styled(source: Element, inside: () => readonly Child[]): Child {
  const codes = (source.getAttribute('styleCode') ?? '').toLowerCase().split(/\s+/)
  const has = (code: string): boolean => codes.includes(code)
  if (source.getAttribute('revised') === 'delete') return element('del', {}, inside())
  if (has('bold')) return element('strong', {}, inside())
  if (has('emphasis') || has('italics')) return element('em', {}, inside())
  return element('span', has('underline') ? { class: 'cda-underline' } : {}, inside())
}

/** Other schemes, and places within the document, stay text. */
function link(source: Element, inside: () => readonly Child[]): Child {
  const href = safeAddress(source.getAttribute('href') ?? '')
  if (href === undefined) return element('span', {}, inside())
  return element('a', { href, target: '_blank', rel: 'noopener noreferrer external' }, inside())
}

export function safeAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined
}

function list(source: Element, inside: () => readonly Child[]): Child {
  const ordered = source.getAttribute('listType') === 'ordered'
  const [captions, items] = partition(inside())
  return element('div', {}, captions, ordered ? element('ol', {}, items) : element('ul', {}, items))
}

/** A list's items, and whatever else stands in it: only `li` may be a child of `ul`. */
function partition(children: readonly Child[]): readonly [readonly Child[], readonly Child[]] {
  const isItem = (child: Child): boolean => child instanceof HTMLLIElement
  const others = children.filter(
    (child) => !isItem(child) && (typeof child !== 'string' || child.trim() !== ''),
  )
  return [others, children.filter(isItem)]
}

function cell(source: Element, inside: () => readonly Child[]): Child {
  const span = (name: string): string | undefined => {
    const value = Number(source.getAttribute(name) ?? '')
    return Number.isInteger(value) && value > 1 ? String(Math.min(value, MAX_SPAN)) : undefined
  }
  const spans = { colspan: span('colspan'), rowspan: span('rowspan') }
  const isHead = source.localName === 'th' && (source.textContent ?? '').trim() !== ''
  const inHead = source.closest('thead') !== null
  return isHead
    ? element('th', { ...spans, scope: inHead ? 'col' : 'row' }, inside())
    : element('td', spans, inside())
}
