/** What a choice of the patient makes of the facts of a record. */
import type { PatientChoice } from '../dmp/patient-choice.ts'
import type { RecordFacts } from './facts.ts'

/** A4: how long an authorisation lasts that does not say. */
export const defaultAuthorisationMs = 365 * 24 * 60 * 60 * 1000

export function applyChoice(facts: RecordFacts, choice: PatientChoice, now: number): RecordFacts {
  const others = facts.authorisations.filter((a) => a.actor !== choice.actor)
  switch (choice.category) {
    case 'autorisation': {
      const until = choice.until ?? now + defaultAuthorisationMs
      return { ...facts, authorisations: [...others, { actor: choice.actor, until }] }
    }
    case 'blocage':
      // A3: after unblocking a new authorisation is needed, so blocking ends the one there is.
      return {
        ...facts,
        authorisations: others,
        blocked: facts.blocked.includes(choice.actor) ? facts.blocked : [...facts.blocked, choice.actor],
        medecinTraitant: facts.medecinTraitant === choice.actor ? '' : facts.medecinTraitant,
      }
    case 'medecin-traitant':
      return { ...facts, medecinTraitant: choice.actor }
  }
}
