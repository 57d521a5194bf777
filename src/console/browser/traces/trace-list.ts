/** The accesses, day by day, in words: emergencies and refusals stand out by text and sign, not by colour alone. */
import { filled } from '../../words.ts'
import { element } from '../frame/element.ts'
import { localDay } from './day-chart.ts'
import { personKey, sentenceOf, type Telling, traceWords } from './told-trace.ts'
import type { TraceView } from './trace-view.ts'

export type TraceFilter = {
  readonly person: string
  readonly mode: string
  readonly action: string
  readonly onlyRefused: boolean
  /** What the page "Try it" asks beside each step. */
  readonly explanations: boolean
}

export function fits(
  trace: TraceView,
  { person, mode, action, onlyRefused, explanations }: TraceFilter,
): boolean {
  return (
    (person === '' || personKey(trace.who) === person) &&
    (mode === '' || trace.mode === mode) &&
    (action === '' || sentenceOf(trace).kind === action) &&
    (!onlyRefused || trace.refused) &&
    (explanations || trace.interaction !== 'explain-request')
  )
}

export function traceList(traces: readonly TraceView[], telling: Telling): readonly HTMLElement[] {
  const days = new Map<string, TraceView[]>()
  for (const trace of traces) {
    const day = localDay(new Date(trace.recorded))
    const known = days.get(day)
    if (known) known.push(trace)
    else days.set(day, [trace])
  }
  const locale = telling.language === 'fr' ? 'fr-FR' : 'en-GB'
  return [...days].map(([day, of]) =>
    element(
      'section',
      { class: 'day' },
      element('h3', {}, new Date(`${day}T12:00:00`).toLocaleDateString(locale, { dateStyle: 'full' })),
      element(
        'ul',
        { class: 'plain' },
        of.map((trace) => line(trace, telling, locale)),
      ),
    ),
  )
}

function line(trace: TraceView, telling: Telling, locale: string): HTMLElement {
  const { words } = telling
  const { recorded, mode, motive, refused, rules, partial } = trace
  const isEmergency = mode !== 'normal'
  const clock = new Date(recorded).toLocaleTimeString(locale, { timeStyle: 'short' })
  return element(
    'li',
    {
      class: `access${isEmergency ? ' emergency' : ''}${refused ? ' refused' : ''}`,
      'data-interaction': trace.interaction,
    },
    element('time', { datetime: recorded, class: 'quiet' }, clock),
    element(
      'div',
      {},
      isEmergency && element('span', { class: 'badge bad' }, `⚠ ${words.emergencyMark}`),
      refused && element('span', { class: 'badge warn' }, `✕ ${words.refusedMark}`),
      (isEmergency || refused) && ' ',
      traceWords(trace, telling),
      isEmergency &&
        element('div', {}, words[mode], motive !== '' && ` — ${filled(words.motive, { motive })}`),
      partial && element('div', { class: 'quiet' }, words.hiddenPart),
      refused &&
        rules.length > 0 &&
        element('div', { class: 'quiet' }, filled(words.why, { rules: rules.join(', ') })),
    ),
  )
}
