/**
 * A decision told line by line: each rule in the order in which it was taken, what it said and why; then what the permit
 * shows. The rules are those that decide (rules-in-order.ts): there is no second logic here, only words.
 *
 * Nothing is told beyond the first refusal, nor of documents: neither how many there are, nor which are hidden.
 */
import { wording } from '../fhir/error-catalogue.ts'
import { actorClass } from './actor-class.ts'
import { decide } from './decide.ts'
import type { Decision, Deny, Verdict } from './decision.ts'
import type { DocumentScope } from './document-scope.ts'
import { type InBothLanguages, passing, seeing } from './explanation-texts.ts'
import { actions, type Question } from './question.ts'
import type { RuleId } from './rule-ids.ts'
import { grantOf } from './rules/f-functional-right.ts'
import { openedTypes } from './rules/s1-third-party-service.ts'
import { type OrderedRule, rulesInOrder } from './rules-in-order.ts'

export type Step = {
  readonly rule: RuleId
  /** `narrows`: the rule refuses nothing, it says which documents the permit shows. */
  readonly verdict: 'passes' | 'denies' | 'narrows' | 'not applicable' | 'not reached'
  readonly text: InBothLanguages
}

export type Explanation = { readonly decision: Decision; readonly steps: readonly Step[] }

/** @param further rules that the request itself asks once these have permitted */
export function explain(question: Question, further: readonly OrderedRule[] = []): Explanation {
  const decided = decide(question)
  // An error while deciding: there is nothing to tell of how far it came.
  if (decided.effect === 'deny' && decided.rules.length === 0) return { decision: decided, steps: [] }
  const steps: Step[] = []
  let denied: Deny | undefined
  for (const { id, judge } of [...rulesInOrder, ...further]) {
    const verdict = denied ? 'not reached' : judge(question)
    if (typeof verdict === 'object') denied = verdict
    steps.push(step(question, id(question), verdict))
  }
  const decision = decided.effect === 'permit' && denied ? denied : decided
  if (decision.effect === 'permit') steps.push(...seen(decision.scope, question))
  return { decision, steps }
}

function step(question: Question, rule: RuleId, verdict: Verdict | 'not reached'): Step {
  if (typeof verdict === 'string') return { rule, verdict, text: passing(rule, verdict, facts(question)) }
  const { error, params } = verdict.refusal.issues[0]
  return {
    rule: verdict.rules[0] ?? rule,
    verdict: 'denies',
    text: { fr: wording(error, 'fr', params), en: wording(error, 'en', params) },
  }
}

/** What the words of a rule are filled with: who asks and for what, nothing of the patient. */
function facts(question: Question): Readonly<Record<string, string>> {
  const { right } = actions[question.action]
  return {
    right: right ?? '',
    name: (right && question.matrices.rights.describe(right)?.name) ?? '',
    grant: right ? grantOf(question, right) : '',
    actor: actorClass(question.caller, question.facts),
    authentication: question.caller.authentication,
    mode: question.mode,
  }
}

function seen(scope: DocumentScope, question: Question): Step[] {
  const { action } = question
  const { right, consults } = actions[action]
  if (!consults && !scope.onlyOwn) return []
  const narrows = (rule: RuleId, text: InBothLanguages): Step => ({ rule, verdict: 'narrows', text })
  const opened = openedTypes(question)
  const types = scope.types === 'every' ? seeing.everyType : seeing.types(scope.types.size)
  return [
    ...(scope.onlyOwn && right ? [narrows(right, seeing.onlyOwn)] : []),
    opened === 'every' ? narrows('H1', types) : narrows('S1', seeing.openedTypes(opened.size)),
    narrows('V3', seeing.masked[scope.masked]),
    narrows('V4', seeing.invisiblePatient[scope.invisiblePatient ? 'shown' : 'hidden']),
    narrows('V5', seeing.invisibleLegal[scope.invisibleLegal]),
    narrows('F12', seeing.withdrawn[scope.withdrawn ? 'shown' : 'hidden']),
  ]
}
