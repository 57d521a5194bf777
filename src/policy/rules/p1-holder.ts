/**
 * P1: a patient reaches the record of their own INS and no other; another record is answered as unknown (V7).
 * P2: a representative or aidant needs a recorded representation, which is not built yet: refused.
 */
import type { Deny } from '../decision.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function holder(question: Question): Deny | undefined {
  switch (question.caller.actor) {
    case 'PATIENT':
      return question.holder ? undefined : refuse('P1', 'not-found', 'inconnu')
    case 'REPRESENTANT_LEGAL':
    case 'AIDANT':
      return question.holder
        ? refuse('P2', 'forbidden', 'autorisation-absente')
        : refuse('P1', 'not-found', 'inconnu')
    default:
      return undefined
  }
}
