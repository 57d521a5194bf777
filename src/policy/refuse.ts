/**
 * A deny, with the rule that made it. The trace always names the rule; the answer does not when it says that something
 * is unknown: a rule would tell that there was something to decide on (V7).
 */
import type { ErrorCode } from '../fhir/error-catalogue.ts'
import { type ErrorCategory, refusal } from '../fhir/fhir-error.ts'
import type { Deny } from './decision.ts'
import type { RuleId } from './rule-ids.ts'

export function refuse(
  rule: RuleId,
  category: ErrorCategory,
  error: ErrorCode,
  params?: Record<string, string>,
): Deny {
  return {
    effect: 'deny',
    rules: [rule],
    // Made when it is thrown or told: what is only asked costs no stack trace, the better part of a decision.
    get refusal() {
      return refusal(category, error, {
        ...(category === 'not-found' ? {} : { rule }),
        ...(params ? { params } : {}),
      })
    },
  }
}
