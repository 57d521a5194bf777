/**
 * The rules that may refuse, in the order of docs/policy.md §9. One table for who decides (decide.ts) and who explains
 * (explain.ts).
 */
import type { Verdict } from './decision.ts'
import { actions, type Question } from './question.ts'
import type { RuleId } from './rule-ids.ts'
import { authorisation } from './rules/a1-authorisation.ts'
import { blocked } from './rules/a3-blocked.ts'
import { choices } from './rules/a6-choices.ts'
import { emergency } from './rules/a8-emergency.ts'
import { closedRecord } from './rules/a12-closed-record.ts'
import { functionalRight } from './rules/f-functional-right.ts'
import { messages } from './rules/m1-messages.ts'
import { holder } from './rules/p1-holder.ts'
import { thirdPartyService } from './rules/s1-third-party-service.ts'
import { traces } from './rules/t4-traces.ts'

export type OrderedRule = {
  /** The id under which the rule is told when it does not refuse; a refusal names its own. */
  readonly id: (question: Question) => RuleId
  readonly judge: (question: Question) => Verdict
}

export const rulesInOrder: readonly OrderedRule[] = [
  { id: ({ caller }) => (caller.onBehalfOf ? 'P2' : 'P1'), judge: holder },
  { id: () => 'S1', judge: thirdPartyService },
  { id: () => 'A12', judge: closedRecord },
  { id: ({ action }) => actions[action].right ?? 'F0', judge: functionalRight },
  { id: ({ action }) => ruleWithoutRight(action) ?? 'A6', judge: choices },
  { id: () => 'T4', judge: traces },
  { id: () => 'M1', judge: messages },
  { id: () => 'A3', judge: blocked },
  { id: () => 'A1', judge: authorisation },
  { id: ({ mode }) => (mode === 'centre_15' ? 'A9' : 'A8'), judge: emergency },
]

/** The rule that says who may do what has no functional right. */
export function ruleWithoutRight(action: Question['action']): RuleId | undefined {
  switch (action) {
    case 'choose':
    case 'block':
      return 'A6'
    case 'end-own-authorisation':
      return 'A5'
    case 'close-record':
    case 'reactivate-record':
      return 'A12'
    case 'read-traces':
      return 'T4'
    default:
      return undefined
  }
}
