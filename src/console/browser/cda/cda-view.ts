/**
 * A CDA as somebody reads it: title, header, then each section's narrative, or the file inside it. A safe style sheet, in
 * other words: the document chooses words and tables, and nothing else of what happens in the page.
 * @see HL7 CDA R2; what is shown of structured entries: nothing, the narrative is the legal text
 */
import { inLanguage, type Language } from '../../words.ts'
import { type Child, element } from '../frame/element.ts'
import { cdaHeaderView } from './cda-header-view.ts'
import { cdaWords } from './cda-words.ts'
import { type BlobAddresses, bytesOfBase64, contentView, embeddedImage } from './content-view.ts'
import { type Narration, narrative, newBudget } from './narrative.ts'
import { parseCda } from './parse-cda.ts'
import { at, attribute, childrenOf, codeWords, HL7, textOf } from './xml-node.ts'

const MAX_SECTIONS = 400
const MAX_NESTED = 6

export function cdaView(
  bytes: Uint8Array<ArrayBuffer>,
  language: Language,
  addresses: BlobAddresses,
): HTMLElement {
  const words = inLanguage(cdaWords, language)
  const parsed = parseCda(bytes)
  if ('fault' in parsed) return element('p', { class: 'note' }, words[parsed.fault])
  const root = parsed.document.documentElement
  if (root.localName !== 'ClinicalDocument' || root.namespaceURI !== HL7) {
    const text = element('pre', { class: 'plain', tabindex: '0' }, (root.textContent ?? '').slice(0, 20_000))
    return element('div', {}, element('p', { class: 'note' }, words.notCda), text)
  }
  const budget = newBudget()
  const narration: Narration = {
    budget,
    footnote: words.footnote,
    media: (id) => mediaNamed(parsed.document, id, language) ?? element('span', {}, words.mediaMissing),
  }
  const title = textOf(at(root, 'title')) || codeWords(at(root, 'code'))
  const content = body(root, { language, addresses, narration, left: { sections: MAX_SECTIONS } })
  return element(
    'article',
    { class: 'cda', lang: attribute(at(root, 'languageCode'), 'code').replace(/[^A-Za-z-]/g, '') || false },
    element('h3', {}, title.slice(0, 300)),
    cdaHeaderView(root, language),
    content,
    budget.spent && element('p', { class: 'note', lang: language }, words.cut),
  )
}

type Showing = {
  readonly language: Language
  readonly addresses: BlobAddresses
  readonly narration: Narration
  readonly left: { sections: number }
}

function body(root: Element, showing: Showing): readonly Child[] {
  const words = inLanguage(cdaWords, showing.language)
  const file = at(root, 'component', 'nonXMLBody', 'text')
  if (file) return [embeddedFile(file, showing)]
  const structured = at(root, 'component', 'structuredBody')
  return structured ? sectionsOf(structured, showing, 0) : [element('p', { class: 'note' }, words.noBody)]
}

function embeddedFile(file: Element, { language, addresses }: Showing): Child {
  const mediaType = attribute(file, 'mediaType').toLowerCase()
  const bytes =
    attribute(file, 'representation') === 'B64'
      ? bytesOfBase64(file.textContent ?? '')
      : new TextEncoder().encode(file.textContent ?? '')
  return contentView(bytes ?? new Uint8Array(), mediaType, language, addresses)
}

function sectionsOf(parent: Element, showing: Showing, depth: number): readonly Child[] {
  const { narration, left } = showing
  if (depth > MAX_NESTED) {
    narration.budget.spent = true
    return []
  }
  return childrenOf(parent, 'component').map((component) => {
    const section = at(component, 'section')
    if (!section || narration.budget.spent) return undefined
    left.sections -= 1
    if (left.sections < 0) narration.budget.spent = true
    return left.sections < 0 ? undefined : sectionView(section, showing, depth)
  })
}

function sectionView(section: Element, showing: Showing, depth: number): Child {
  const words = inLanguage(cdaWords, showing.language)
  const title = textOf(at(section, 'title')) || codeWords(at(section, 'code')) || words.untitled
  const text = at(section, 'text')
  const nested = sectionsOf(section, showing, depth + 1)
  const heading =
    depth === 0 ? element('h4', {}, title.slice(0, 300)) : element('h5', {}, title.slice(0, 300))
  const shown = text ? element('div', { class: 'narrative' }, narrative(text, showing.narration)) : undefined
  const empty = !text && nested.length === 0 && element('p', { class: 'note' }, words.onlyData)
  return element('section', {}, heading, shown, empty, nested)
}

/** An image that the document itself holds; an address elsewhere is not followed. */
function mediaNamed(document: Document, id: string, language: Language): HTMLElement | undefined {
  const holders = [...document.getElementsByTagNameNS(HL7, 'observationMedia')].slice(0, 200)
  const value = at(
    holders.find((holder) => holder.getAttribute('ID') === id),
    'value',
  )
  if (!value || attribute(value, 'representation') !== 'B64') return undefined
  const mediaType = attribute(value, 'mediaType').toLowerCase()
  return embeddedImage(value.textContent ?? '', mediaType, cdaWords.media[language])
}
