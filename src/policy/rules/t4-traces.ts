/**
 * T4, in normal mode: the holder and the médecin traitant read all traces of the record, another professional its own, the
 * auditor all. Who holds parental authority or is the guardian exercises the holder's right (CSP L.1111-2, L.1111-7) and
 * reads them but for a minor's secrets, of which it must not even learn when and with whom they were shared (V5). Nobody
 * else reads any: an aidant is lent the documents, not the watch over who reads them.
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

/** Whose accesses may be read: everybody's, everybody's but a minor's secrets (V5), or those of one person. */
export type TraceReach = 'all' | 'all-but-secrets' | { readonly person: string }

/** Whose accesses this caller may read in this record; undefined for nobody's. That it may act for the holder is P2's. */
export function traceReach(question: Pick<Question, 'caller' | 'facts' | 'holder'>): TraceReach | undefined {
  switch (actorClass(question.caller, question.facts)) {
    case 'PATIENT':
      return question.holder ? 'all' : undefined
    case 'REPRESENTANT_LEGAL':
      return question.holder ? 'all-but-secrets' : undefined
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
