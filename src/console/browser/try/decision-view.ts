/** A refusal in the server's words, and a decision rule by rule. Each rule leads to its text. */

import { stepWords } from '../../try/step-words.ts'
import { filled, inLanguage, type Language } from '../../words.ts'
import { type Child, element, replaceContent } from '../frame/element.ts'
import { serverPath } from '../frame/this-page.ts'
import type { Decision, Reason, Refusal } from '../sandbox/decision.ts'
import type { Told } from '../sandbox/workbench.ts'

export function refusalView({ text, error, rules, expression }: Refusal, language: Language): HTMLElement {
  return element(
    'blockquote',
    { class: 'note warn refusal' },
    element('p', { lang: language }, text),
    element(
      'p',
      { class: 'codes' },
      error !== '' && element('code', {}, error),
      rules.flatMap((rule) => [' ', ruleLink(rule, language)]),
      expression !== '' && element('span', { class: 'quiet' }, ` @ ${expression}`),
    ),
  )
}

/** To the words of the rule; what does not look like a rule is text. */
export function ruleLink(rule: string, language: Language): Child {
  if (!/^[A-Z]\d{1,2}$/.test(rule)) return rule
  return element(
    'a',
    { href: `${serverPath('/console/rules')}?lang=${language}#${rule}`, class: 'rule' },
    rule,
  )
}

/** @param answered whether the request itself was not refused: of several actions it may need one alone, or the first */
export function decisionView(told: Promise<Told>, answered: boolean, language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const summary = element('summary', {}, words.decision)
  const inside = element('div', {}, element('p', { class: 'quiet' }, words.asking))
  void told.then((result) => {
    if ('unexplained' in result) {
      replaceContent(inside, element('p', {}, filled(words.unexplained, { why: result.unexplained })))
      return
    }
    const { decisions } = result.explained
    const isPermitted = answered
      ? decisions.some(({ permitted }) => permitted)
      : decisions.every(({ permitted }) => permitted)
    summary.append(' ', verdictBadge(isPermitted, words))
    replaceContent(
      inside,
      decisions.map((decision) => oneDecision(decision, language)),
    )
  })
  return element('details', { class: 'decision' }, summary, inside)
}

type StepTexts = { readonly [K in keyof typeof stepWords]: string }

function verdictBadge(isPermitted: boolean, words: StepTexts): HTMLElement {
  return element(
    'span',
    { class: `badge ${isPermitted ? 'good' : 'bad'}` },
    isPermitted ? words.permitted : words.refused,
  )
}

function oneDecision({ action, permitted, condition, reasons }: Decision, language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const weighed = reasons.filter(({ verdict }) => verdict !== 'sans-objet' && verdict !== 'non-examinee')
  const others = reasons.filter((reason) => !weighed.includes(reason))
  return element(
    'div',
    { class: 'one-decision' },
    element(
      'p',
      {},
      element('code', {}, action),
      ' ',
      verdictBadge(permitted, words),
      condition !== '' && ` ${filled(words.condition, { condition })}`,
    ),
    reasonTable(weighed, language),
    others.length > 0 &&
      element(
        'details',
        {},
        element('summary', { class: 'quiet' }, filled(words.others, { count: others.length })),
        reasonTable(others, language),
      ),
  )
}

function reasonTable(reasons: readonly Reason[], language: Language): HTMLElement {
  const words = inLanguage(stepWords, language)
  const heads = [words.rule, words.verdict, words.says].map((text) => element('th', { scope: 'col' }, text))
  const rows = reasons.map(({ rule, verdict, text }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, ruleLink(rule, language)),
      element('td', {}, verdictWord(verdict, words)),
      element('td', {}, text),
    ),
  )
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': words.decision },
    element('table', {}, element('thead', {}, element('tr', {}, heads)), element('tbody', {}, rows)),
  )
}

function verdictWord(verdict: string, words: StepTexts): string {
  switch (verdict) {
    case 'admet':
    case 'refuse':
    case 'restreint':
    case 'sans-objet':
    case 'non-examinee':
      return words[verdict]
    default:
      return verdict
  }
}
