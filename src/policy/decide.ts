/**
 * The decision. Default deny: an action is permitted when its rules, taken in the order of docs/policy.md §9, raise
 * nothing; the first refusal wins and names its rule. An error while evaluating denies.
 */
import { refusal } from '../fhir/fhir-error.ts'
import { authorIds, isProfessional } from './actor-class.ts'
import type { Decision } from './decision.ts'
import { actions, type Question } from './question.ts'
import type { RuleId } from './rule-ids.ts'
import { noticesOf } from './rules/a10-notices.ts'
import { grantOf } from './rules/f-functional-right.ts'
import { habilitation } from './rules/h1-habilitation.ts'
import { openedTypes } from './rules/s1-third-party-service.ts'
import { labels } from './rules/v-labels.ts'
import { rulesInOrder, ruleWithoutRight } from './rules-in-order.ts'
import { sharedTypes } from './scope-narrowing.ts'

export function decide(question: Question): Decision {
  try {
    for (const { judge } of rulesInOrder) {
      const verdict = judge(question)
      if (typeof verdict === 'object') return verdict
    }
    const { right } = actions[question.action]
    return {
      effect: 'permit',
      grant: right ? grantOf(question, right) : 'yes',
      rules: rulesOfPermit(question),
      scope: {
        types: sharedTypes(habilitation(question), openedTypes(question)),
        ...labels(question),
        self: authorIds(question.caller),
      },
      notices: noticesOf(question),
    }
  } catch (error) {
    // The refusal says nothing of the cause; it travels as `cause` to the log of the HTTP shell.
    const refused = refusal('exception', 'interne')
    refused.cause = error
    return { effect: 'deny', rules: [], refusal: refused }
  }
}

/** The rules that a permit rests on. */
function rulesOfPermit({ action, mode, caller }: Question): RuleId[] {
  const { right, consults } = actions[action]
  const isMessage = action === 'send-message' || action === 'read-messages'
  const rule = isMessage ? 'M1' : (right ?? ruleWithoutRight(action) ?? 'A6')
  if (!isProfessional(caller)) {
    const actsForHolder = caller.actor === 'REPRESENTANT_LEGAL' || caller.actor === 'AIDANT'
    const who: RuleId[] = actsForHolder ? ['P2'] : consults ? ['P1'] : []
    const service: RuleId[] = caller.service ? ['S1'] : []
    return consults ? [rule, ...who, ...service, 'V3'] : [rule, ...who, ...service]
  }
  const access = mode === 'normal' ? 'A1' : mode === 'bris_de_glace' ? 'A8' : 'A9'
  if (consults) return [rule, access, 'H1', 'V3']
  return mode === 'normal' ? [rule] : [rule, access]
}
