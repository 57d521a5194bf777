/** The documents of the record as the persona sees them: filters, a table, further pages. What is unseen is not there. */
import { filled } from '../../words.ts'
import { element, replaceContent } from '../frame/element.ts'
import { find } from '../frame/this-page.ts'
import { button } from '../sandbox/controls.ts'
import type { Answer } from '../sandbox/exchange.ts'
import { linkOf, numberAt, resourcesOf } from '../sandbox/read-json.ts'
import { pathOfLink } from '../sandbox/workbench.ts'
import type { Desk } from './desk.ts'
import { badges } from './document-badges.ts'
import { type CodeNames, type DocumentSummary, documentSummary, shortTime } from './document-summary.ts'

export type DocumentsList = {
  /** Asks anew, by what the filters say. */
  readonly load: () => Promise<void>
  /** Asks anew, where the list is shown. */
  readonly refresh: () => Promise<void>
  /** Nothing was asked yet of this record by this persona. */
  readonly clear: () => void
}

const PAGE = 10

export function documentsList(desk: Desk, open: (document: DocumentSummary) => Promise<void>): DocumentsList {
  const { words, language } = desk
  const place = find('#found', HTMLElement)
  const names = { type: optionNames('#type'), class: optionNames('#class') }
  const body = element('tbody')
  let shown = 0
  let isShown = false

  const row = (document: DocumentSummary): HTMLElement => {
    const label = document.title || document.type || words.untitled
    const opening = button(words.open, () => open(document), { 'aria-label': `${words.open} : ${label}` })
    return element(
      'tr',
      { 'data-document': document.id },
      element('td', { 'data-label': words.date }, shortTime(document.date, language)),
      element(
        'th',
        { scope: 'row', 'data-label': words.title },
        label,
        element(
          'span',
          { class: 'quiet kind', lang: 'fr' },
          [document.type, document.class].filter((part) => part !== '').join(' · '),
        ),
      ),
      element('td', { 'data-label': words.author }, document.author || words.unknownAuthor),
      element('td', { 'data-label': words.status }, badges(document, words)),
      element('td', {}, opening),
    )
  }
  const addPage = (answer: Answer): void => {
    const documents = resourcesOf(answer.json, 'DocumentReference')
    shown += documents.length
    body.append(...documents.map((each) => row(documentSummary(each, names.type, names.class))))
    const total = numberAt(answer.json, 'total') ?? shown
    const next = pathOfLink(linkOf(answer.json, 'next') ?? '')
    replaceContent(
      place,
      element('p', { role: 'status', id: 'total' }, totalWords(total, shown, words)),
      total === 0 && element('p', { class: 'quiet' }, words.noneMeans),
      shown > 0 && table(body, words),
      next !== undefined &&
        element(
          'p',
          {},
          button(words.more, () => turn(next), { id: 'more' }),
        ),
    )
  }
  const turn = async (path: string): Promise<void> => {
    const answer = await desk.ask(words.stepNext, { method: 'GET', path })
    if (answer?.status === 200) addPage(answer)
  }
  const clear = (): void => {
    isShown = false
    shown = 0
    body.replaceChildren()
    replaceContent(place)
  }
  const load = async (): Promise<void> => {
    const record = desk.record()
    clear()
    if (!record) return replaceContent(place, element('p', {}, words.chooseFirst))
    const answer = await desk.ask(words.stepSearch, { method: 'GET', path: searchPath(record.id) })
    clear()
    if (answer?.status !== 200) return
    isShown = true
    addPage(answer)
  }
  return { clear, load, refresh: async () => (isShown ? load() : undefined) }
}

function totalWords(total: number, shown: number, words: Desk['words']): string {
  if (total === 0) return words.foundNone
  return total === 1 ? words.foundOne : filled(words.found, { total, shown })
}

function table(body: HTMLElement, words: Desk['words']): HTMLElement {
  const heads = [words.date, words.title, words.author, words.status].map((text) =>
    element('th', { scope: 'col' }, text),
  )
  const acts = element('td', {}, element('span', { class: 'unseen' }, words.open))
  return element(
    'div',
    { class: 'scroll' },
    element('table', { class: 'data stacked' }, element('thead', {}, element('tr', {}, heads, acts)), body),
  )
}

function searchPath(patientId: string): string {
  const query = new URLSearchParams({ patient: patientId, _count: String(PAGE) })
  const chosen = { category: fieldValue('#class'), type: fieldValue('#type'), mots: fieldValue('#words') }
  for (const [name, value] of Object.entries(chosen)) if (value !== '') query.set(name, value)
  if (find('#archived', HTMLInputElement).checked) {
    query.set('isArchived', 'true,false')
    query.set('status', 'current,superseded')
  }
  return `/DocumentReference?${query}`
}

function fieldValue(selector: string): string {
  const field = document.querySelector(selector)
  const isField = field instanceof HTMLSelectElement || field instanceof HTMLInputElement
  return isField ? field.value.trim() : ''
}

/** The names that the server wrote into a list of choices. */
function optionNames(selector: string): CodeNames {
  const options = [...find(selector, HTMLSelectElement).options].filter(({ value }) => value !== '')
  const names = new Map(options.map(({ value, text }) => [value.slice(value.indexOf('|') + 1), text]))
  return (code) => names.get(code)
}
