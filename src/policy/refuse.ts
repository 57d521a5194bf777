/** A deny, with the rule that made it. */
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
    refusal: refusal(category, error, { rule, ...(params ? { params } : {}) }),
  }
}
