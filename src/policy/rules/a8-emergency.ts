/**
 * A8, A9: emergency access. Not open yet: the patient's oppositions and the notices it owes (A7, A10) are not built, and
 * what is not decided is refused. The answer says so rather than pretend an opposition.
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Deny } from '../decision.ts'
import type { Question } from '../question.ts'

export function emergency(question: Question): Deny | undefined {
  if (question.mode === 'normal') return undefined
  return {
    effect: 'deny',
    rules: ['A8'],
    refusal: refusal('forbidden', 'non-pris-en-charge', {
      rule: 'A8',
      params: { what: `DMP-Mode-Acces: ${question.mode}` },
    }),
  }
}
