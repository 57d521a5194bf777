/**
 * The page "Who saw what": `$acces` and AuditEvent as the patient reads them, in a patient's words. Everything is asked of the
 * public interface in the reader's name, and leaves traces of its own.
 */

import { tracesWords } from '../../traces/traces-words.ts'
import { filled, inLanguage } from '../../words.ts'
import { element, replaceContent } from '../frame/element.ts'
import { find, pageLanguage, serverPath } from '../frame/this-page.ts'
import { type RoleKey, roleKeys, roleOf } from '../sandbox/cast.ts'
import { refusalsOf } from '../sandbox/decision.ts'
import type { Answer } from '../sandbox/exchange.ts'
import { linkOf, resourcesOf, textAt } from '../sandbox/read-json.ts'
import { recordPicker } from '../sandbox/record-picker.ts'
import { pathOfLink, workbench } from '../sandbox/workbench.ts'
import { isAccesses, whoCameView, whoMayView } from './accesses-view.ts'
import { countByDay, dayChart } from './day-chart.ts'
import { personKey, personWords, type Telling } from './told-trace.ts'
import { fits, traceList } from './trace-list.ts'
import { type TraceView, traceView } from './trace-view.ts'

const language = pageLanguage()
const words = inLanguage(tracesWords, language)
const readers: readonly RoleKey[] = ['patient', 'gp', 'nurse', 'representative', 'aidant', 'auditor']
const reader = find('#reader', HTMLSelectElement)
const said = find('#said', HTMLElement)
const more = find('#more', HTMLButtonElement)
const person = find('#person', HTMLSelectElement)
const quiet = { add: () => undefined, fail: () => say(words.noAnswer) }
const bench = workbench(serverPath(''), language, quiet, () => false)
const picker = recordPicker(
  find('#record', HTMLSelectElement),
  bench,
  { ...words, stepRecords: '', stepFind: '' },
  hide,
)

let traces: TraceView[] = []
let nextPath: string | undefined
let titles: ReadonlyMap<string, string> = new Map()

const role = (): RoleKey => readers.find((key) => key === reader.value) ?? 'patient'
const telling = (): Telling => ({
  language,
  words,
  isHolder: role() === 'patient',
  title: (id) => titles.get(id),
})

function say(text: string): void {
  said.textContent = text
}

function hide(): void {
  find('#shown', HTMLElement).hidden = true
  say('')
}

async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | undefined> {
  const record = picker.chosen()
  if (!record) return undefined
  return bench.perform({ title: '', role: role(), ins: record.ins, call: { method: 'GET', path, headers } })
}

async function show(): Promise<void> {
  const record = picker.chosen()
  hide()
  if (!record) return say(words.noRecord)
  say(words.loading)
  const accesses = await ask(`/Patient/${record.id}/$acces?_count=100`)
  if (!accesses) return
  if (!isAccesses(accesses.json)) {
    const text = refusalsOf(accesses.json)[0]?.text ?? String(accesses.status)
    return say(filled(words.refusedToYou, { text }))
  }
  const documents = await ask(
    `/DocumentReference?patient=${record.id}&_count=100&status=current,superseded,entered-in-error&isArchived=true,false`,
  )
  titles = titlesIn(documents)
  traces = []
  await read(`/AuditEvent?patient=${record.id}&_count=100`)
  replaceContent(find('#may', HTMLElement), whoMayView(accesses.json, telling()))
  replaceContent(find('#came', HTMLElement), whoCameView(accesses.json, telling()))
  say('')
  find('#shown', HTMLElement).hidden = false
}

async function read(path: string): Promise<void> {
  const answer = await ask(path)
  traces.push(...resourcesOf(answer?.json, 'AuditEvent').map(traceView))
  nextPath = pathOfLink(linkOf(answer?.json, 'next') ?? '')
  more.hidden = nextPath === undefined
  const people = new Map(traces.map(({ who }) => [personKey(who), personWords(who, telling())]))
  const chosen = person.value
  replaceContent(
    person,
    element('option', { value: '' }, words.everybody),
    [...people].map(([value, name]) => element('option', { value }, name)),
  )
  person.value = people.has(chosen) ? chosen : ''
  render()
}

function render(): void {
  const filter = {
    person: person.value,
    mode: find('#mode', HTMLSelectElement).value,
    action: find('#action', HTMLSelectElement).value,
    onlyRefused: find('#refused', HTMLInputElement).checked,
    explanations: find('#explanations', HTMLInputElement).checked,
  }
  const shown = traces.filter((trace) => fits(trace, filter))
  const told =
    shown.length === 0
      ? words.countNone
      : shown.length === 1
        ? words.countOne
        : filled(words.count, { shown: shown.length })
  find('#count', HTMLElement).textContent = nextPath === undefined ? told : `${told} ${words.countMore}`
  const chart = dayChart(countByDay(shown, new Date()), language, words)
  replaceContent(find('#chart', HTMLElement), chart)
  // Where there is no room for two weeks, the last days are what is seen.
  find('.scroll', HTMLElement, chart).scrollLeft = 1_000
  replaceContent(find('#list', HTMLElement), traceList(shown, telling()))
}

/** Titles of what the reader may see; of anything else a trace says no more than "a document". */
function titlesIn(answer: Answer | undefined): ReadonlyMap<string, string> {
  return new Map(
    resourcesOf(answer?.json, 'DocumentReference').flatMap((document): (readonly [string, string])[] => {
      const title = textAt(document, 'content', 0, 'attachment', 'title') || textAt(document, 'description')
      return title === '' ? [] : [[textAt(document, 'id'), title.slice(0, 200)]]
    }),
  )
}

/** The server's own table: all traces, not only those of this page. */
async function download(): Promise<void> {
  const record = picker.chosen()
  if (!record) return
  const answer = await ask(`/AuditEvent?patient=${record.id}&_format=csv`, { accept: 'text/csv' })
  if (answer?.status !== 200) return say(refusalsOf(answer?.json)[0]?.text ?? words.noAnswer)
  const href = URL.createObjectURL(new Blob([answer.bytes], { type: 'text/csv' }))
  element('a', { href, download: 'traces.csv' }).click()
  URL.revokeObjectURL(href)
  say(words.csvReady)
}

replaceContent(
  reader,
  readers
    .filter((key) => roleKeys.includes(key))
    .map((key) => element('option', { value: key }, roleOf(key).name[language])),
)
reader.addEventListener('change', hide)
find('#who', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void show()
})
find('#filters', HTMLFormElement).addEventListener('input', render)
find('#filters', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault())
more.addEventListener('click', () => void (nextPath !== undefined && read(nextPath)))
find('#csv', HTMLButtonElement).addEventListener('click', () => void download())
find('#who', HTMLFormElement).hidden = false
void picker.load()
