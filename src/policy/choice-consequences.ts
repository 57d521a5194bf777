/**
 * What a choice does to other choices of the record: each of them is a Consent (or CareTeam) that must say so too, in the
 * same transaction.
 * @see docs/policy.md A3, A6, A7
 */
import { choiceKey, type PatientChoice, type ProfessionalActor } from '../dmp/choices/patient-choice.ts'
import { applyChoice } from './apply-choice.ts'
import type { RecordFacts } from './facts.ts'

export type Consequences = {
  /** Keys of the choices that end. */
  readonly ended: readonly string[]
  /** Keys of the choices that turn from permit to deny. */
  readonly denied: readonly string[]
  /** Care teams that a blocked professional leaves, by their own ids. */
  readonly left?: { readonly actor: ProfessionalActor; readonly teams: readonly string[] }
}

/** @param facts before the choice */
export function consequencesOf(facts: RecordFacts, choice: PatientChoice, now: number): Consequences {
  const after = applyChoice(facts, choice, now)
  const denied =
    choice.category !== 'masques-en-urgence' && facts.emergency.masked && !after.emergency.masked
      ? ['masques-en-urgence']
      : []
  if (choice.category === 'blocage') {
    const { actor } = choice
    return {
      ended: [
        ...(facts.authorisations.some((a) => a.actor === actor)
          ? [choiceKey({ category: 'autorisation', actor })]
          : []),
        ...(facts.medecinTraitant === actor ? [choiceKey({ category: 'medecin-traitant', actor })] : []),
      ],
      denied,
      left: {
        actor,
        teams: facts.careTeams.filter(({ members }) => members.includes(actor)).map(({ team }) => team),
      },
    }
  }
  // There is one médecin traitant.
  const replaced =
    choice.category === 'medecin-traitant' && facts.medecinTraitant !== choice.actor
      ? facts.medecinTraitant
      : ''
  return { ended: replaced === '' ? [] : [`medecin-traitant ${replaced}`], denied }
}
