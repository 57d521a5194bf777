/**
 * The steps, the newest on top: request, answer and decision of each, as they were. What is new is also said in one short
 * line of a live region, so that a screen reader tells the result and not the whole.
 */

import { stepWords } from '../../try/step-words.ts'
import { filled, inLanguage, type Language } from '../../words.ts'
import { element } from '../frame/element.ts'
import { roleOf } from '../sandbox/cast.ts'
import { refusalsOf } from '../sandbox/decision.ts'
import type { Journal, Step } from '../sandbox/workbench.ts'
import { decisionView, refusalView } from './decision-view.ts'
import { answerView, requestView } from './exchange-view.ts'

const MAX_STEPS = 200

export function journalView(list: HTMLElement, live: HTMLElement, language: Language): Journal {
  const words = inLanguage(stepWords, language)
  const put = (item: HTMLElement, said: string): void => {
    list.prepend(item)
    while (list.children.length > MAX_STEPS) list.lastElementChild?.remove()
    live.textContent = said
  }
  return {
    add(step) {
      const { status } = step.exchange.answer
      put(stepView(step, language), filled(words.announced, { title: step.asked.title, status }))
    },
    fail({ title }, reason, why) {
      const said = filled(reason === 'no answer' ? words.noAnswer : words.noToken, { title, why })
      put(element('li', { class: 'step' }, element('p', { class: 'note bad' }, said)), said)
    },
  }
}

function stepView(step: Step, language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const { number, asked, exchange, decision, at } = step
  const { request, answer } = exchange
  const clock = at.toLocaleTimeString(language === 'fr' ? 'fr-FR' : 'en-GB')
  const refusals = refusalsOf(answer.json)
  return element(
    'li',
    { class: 'step', 'data-status': String(answer.status), 'data-step': String(number) },
    element(
      'h3',
      {},
      element('span', { class: 'quiet' }, `${filled(words.step, { number })} · `),
      asked.title,
    ),
    element('p', { class: 'who quiet' }, `${clock}, ${words.as} ${roleOf(asked.role).name[language]}`),
    element(
      'p',
      { class: 'line' },
      statusBadge(answer.status),
      ' ',
      element('code', {}, `${request.method} ${shownPath(request.url)}`),
      element(
        'span',
        { class: 'quiet' },
        ` ${filled(words.milliseconds, { ms: Math.round(answer.milliseconds) })}`,
      ),
    ),
    refusals.slice(0, 5).map((refusal) => refusalView(refusal, language)),
    decision && decisionView(decision, answer.status < 400, language),
    element('details', {}, element('summary', {}, words.request), requestView(step, language)),
    element('details', {}, element('summary', {}, words.answer), answerView(answer, language)),
  )
}

/** The number says it; colour repeats it. */
export function statusBadge(status: number): HTMLElement {
  const kind = status < 400 ? 'good' : status < 500 ? 'warn' : 'bad'
  return element('span', { class: `badge ${kind}` }, String(status))
}

function shownPath(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search.length > 160 ? `${search.slice(0, 160)}…` : search}`
}
