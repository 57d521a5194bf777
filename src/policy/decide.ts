/**
 * The decision. Default deny: an action is permitted when its rules, taken in the order of docs/policy.md §8, raise
 * nothing; the first refusal wins and names its rule. An error while evaluating denies.
 */
import { refusal } from '../fhir/fhir-error.ts'
import { selfIds } from './actor-class.ts'
import type { Decision, Deny } from './decision.ts'
import { actions, type Question } from './question.ts'
import type { RuleId } from './rule-ids.ts'
import { authorisation } from './rules/a1-authorisation.ts'
import { blocked } from './rules/a3-blocked.ts'
import { choices } from './rules/a6-choices.ts'
import { emergency } from './rules/a8-emergency.ts'
import { closedRecord } from './rules/a12-closed-record.ts'
import { functionalRight, grantOf } from './rules/f-functional-right.ts'
import { habilitation } from './rules/h1-habilitation.ts'
import { holder } from './rules/p1-holder.ts'
import { traces } from './rules/t4-traces.ts'
import { labels } from './rules/v-labels.ts'

const inOrder: readonly ((question: Question) => Deny | undefined)[] = [
  holder,
  closedRecord,
  functionalRight,
  choices,
  traces,
  emergency,
  blocked,
  authorisation,
]

export function decide(question: Question): Decision {
  try {
    for (const rule of inOrder) {
      const deny = rule(question)
      if (deny) return deny
    }
    const { right, consults } = actions[question.action]
    const rules: RuleId[] = [...(right ? [right] : []), ...(consults ? (['A1', 'H1', 'V3'] as const) : [])]
    return {
      effect: 'permit',
      grant: right ? grantOf(question, right) : 'yes',
      rules: rules.length > 0 ? rules : [question.action === 'choose' ? 'A6' : 'T4'],
      scope: {
        types: habilitation(question),
        onlyOwn: question.action === 'find-own-document',
        ...labels(question),
        self: selfIds(question.caller),
      },
    }
  } catch (error) {
    // The refusal says nothing of the cause; it travels as `cause` to the log of the HTTP shell.
    const refused = refusal('exception', 'interne')
    refused.cause = error
    return { effect: 'deny', rules: [], refusal: refused }
  }
}
