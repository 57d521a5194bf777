/**
 * What contradicts a choice: other choices in force, or how many there are. The patient is told which, and decides.
 * @see docs/policy.md A3, A6, A7
 */
import type { PatientChoice } from '../dmp/choices/patient-choice.ts'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { RecordFacts } from './facts.ts'

/** Bounds of our own: the facts of a record are one row, read at every access. */
export const mostOfOneKind = 1000

export function choiceConflict(facts: RecordFacts, choice: PatientChoice): FhirError | undefined {
  switch (choice.category) {
    case 'autorisation':
    case 'medecin-traitant':
      if (facts.blocked.includes(choice.actor)) return refusal('conflict', 'acteur-bloque', { rule: 'A3' })
      return choice.category === 'autorisation' ? tooMany(facts.authorisations, choice.actor) : undefined
    case 'blocage':
      return tooMany(
        facts.blocked.map((actor) => ({ actor })),
        choice.actor,
      )
    case 'masques-en-urgence': {
      const { brisDeGlace, centre15 } = facts.emergency
      return choice.permit && !brisDeGlace && !centre15
        ? refusal('conflict', 'urgences-refusees', { rule: 'A7' })
        : undefined
    }
    default:
      return undefined
  }
}

function tooMany(there: readonly { readonly actor: string }[], actor: string): FhirError | undefined {
  if (there.length < mostOfOneKind || there.some((one) => one.actor === actor)) return undefined
  return refusal('conflict', 'choix-trop-nombreux', { params: { limit: mostOfOneKind } })
}
