/**
 * A1: consulting in normal mode needs a valid authorisation: the caller's own, that of its structure, or that of a care
 * team to which the patient consented; the médecin traitant has one by its status (A11). A4: an authorisation past its
 * end is none.
 */
import { actorClass, isProfessional, selfIds } from '../actor-class.ts'
import type { Caller } from '../caller.ts'
import type { Verdict } from '../decision.ts'
import type { RecordFacts } from '../facts.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function authorisation(question: Question): Verdict {
  const { caller, facts, mode, now } = question
  if (!actions[question.action].consults || mode !== 'normal' || !isProfessional(caller))
    return 'not applicable'
  switch (standing(caller, facts, now)) {
    case 'valid':
      return 'passes'
    case 'expired':
      return refuse('A4', 'forbidden', 'autorisation-expiree')
    case 'absent':
      return refuse('A1', 'forbidden', 'autorisation-absente')
  }
}

/** What a professional's authorisation is worth in this record, now. */
export function standing(caller: Caller, facts: RecordFacts, now: number): 'valid' | 'expired' | 'absent' {
  if (actorClass(caller, facts) === 'MEDECIN_TRAITANT') return 'valid'
  const self: readonly string[] = selfIds(caller)
  const [one, other] = self
  let expired = false
  for (const authorisation of facts.authorisations) {
    const { actor } = authorisation
    if (actor !== one && actor !== other) continue
    if (authorisation.until > now) return 'valid'
    expired = true
  }
  if (isOfCareTeam(self, facts, now)) return 'valid'
  return expired ? 'expired' : 'absent'
}

/** The consent given to one member of a care team is given to all of them (CSP L.1110-4, R.1111-46). */
function isOfCareTeam(
  self: readonly string[],
  { careTeams, authorisations }: RecordFacts,
  now: number,
): boolean {
  return careTeams.some(({ members, until, byPatient }) => {
    if ((until !== null && until <= now) || !self.some((id) => members.some((member) => member === id)))
      return false
    if (byPatient) return true
    // Hundreds may be authorised, and a team has dozens.
    const team: ReadonlySet<string> = new Set(members)
    return authorisations.some((a) => a.until > now && team.has(a.actor))
  })
}
