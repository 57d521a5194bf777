/**
 * T4, in normal mode: the holder and the médecin traitant read all traces of the record, another professional its own, the auditor all;
 * nobody else any.
 */
import { actorClass, selfIds } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { isAuthenticationPossible } from '../possible-authentication.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function traces(question: Question): Verdict {
  if (question.action !== 'read-traces') return 'not applicable'
  const possible = question.mode === 'normal' && isAuthenticationPossible(question.caller)
  if (possible && traceReach(question) !== undefined) return 'passes'
  return refuse('T4', 'forbidden', 'droit-fonctionnel', {
    right: 'T4',
    name: 'traces',
    actor: actorClass(question.caller, question.facts),
    mode: question.mode,
  })
}

/** Whose accesses this caller may read in this record: everybody's, or those of one person; undefined for nobody's. */
export function traceReach(
  question: Pick<Question, 'caller' | 'facts' | 'holder'>,
): 'all' | { readonly person: string } | undefined {
  switch (actorClass(question.caller, question.facts)) {
    case 'PATIENT':
      return question.holder ? 'all' : undefined
    case 'MEDECIN_TRAITANT':
    case 'AUDITEUR':
      return 'all'
    case 'MEDECIN':
    case 'MEDECIN_DU_TRAVAIL':
    case 'PS_NON_MEDECIN': {
      const person = selfIds(question.caller).find((id) => id.startsWith('ps:'))
      return person === undefined ? undefined : { person }
    }
    default:
      return undefined
  }
}
