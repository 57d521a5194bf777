/**
 * P1: a patient reaches the record of their own INS and no other; another record is answered as unknown (V7).
 * P2: a representative or aidant needs a representation that the record knows, of that kind and not over.
 */
import type { Verdict } from '../decision.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function holder({ caller, holder, representation, now }: Question): Verdict {
  switch (caller.actor) {
    case 'PATIENT':
      return holder ? 'passes' : refuse('P1', 'not-found', 'inconnu')
    case 'REPRESENTANT_LEGAL':
    case 'AIDANT':
      if (!holder) return refuse('P1', 'not-found', 'inconnu')
      return representation?.kind === caller.actor && representation.until > now
        ? 'passes'
        : refuse('P2', 'forbidden', 'representation-absente')
    default:
      return 'not applicable'
  }
}
