/**
 * What a choice of the patient makes of the facts of a record, and what its end makes of them. The facts are always those
 * that the active Consents say (a property test recomputes them).
 *
 * Who represents the patient, which documents are objected to and what is opened to services are no facts of the row:
 * `representation`, `business_identifier` and `service_consent` hold them.
 */
import type { PatientChoice, SwitchChoice } from '../dmp/choices/patient-choice.ts'
import type { EmergencyChoices, RecordFacts } from './facts.ts'

/** A4: how long an authorisation lasts that does not say. */
export const defaultAuthorisationMs = 365 * 24 * 60 * 60 * 1000

export function applyChoice(facts: RecordFacts, choice: PatientChoice, now: number): RecordFacts {
  switch (choice.category) {
    case 'autorisation': {
      const { actor, until = now + defaultAuthorisationMs } = choice
      return { ...facts, authorisations: [...without(facts, actor), { actor, until }] }
    }
    case 'blocage': {
      const { actor } = choice
      // A3: after unblocking a new authorisation is needed, so blocking ends what there is, in care teams too.
      return {
        ...facts,
        authorisations: without(facts, actor),
        blocked: facts.blocked.includes(actor) ? facts.blocked : [...facts.blocked, actor],
        medecinTraitant: facts.medecinTraitant === actor ? '' : facts.medecinTraitant,
        careTeams: facts.careTeams
          .map((team) => ({ ...team, members: team.members.filter((member) => member !== actor) }))
          .filter(({ members }) => members.length > 0),
      }
    }
    case 'medecin-traitant':
      return { ...facts, medecinTraitant: choice.actor }
    case 'representation':
    case 'aidant':
    case 'opposition-alimentation':
    case 'service-tiers':
      return facts
    default:
      return switched(facts, choice.category, choice.permit)
  }
}

/** The same choice withdrawn. */
export function endChoice(facts: RecordFacts, choice: PatientChoice): RecordFacts {
  switch (choice.category) {
    case 'autorisation':
      return { ...facts, authorisations: without(facts, choice.actor) }
    case 'blocage':
      return { ...facts, blocked: facts.blocked.filter((actor) => actor !== choice.actor) }
    case 'medecin-traitant':
      return facts.medecinTraitant === choice.actor ? { ...facts, medecinTraitant: '' } : facts
    case 'representation':
    case 'aidant':
    case 'opposition-alimentation':
    case 'service-tiers':
      return facts
    default:
      return switched(facts, choice.category, withoutChoice[choice.category])
  }
}

/** What holds when the patient has said nothing (A7, A10, V6); `masquage-par-defaut` permits, that is, masks nothing. */
const withoutChoice = {
  'bris-de-glace': true,
  'centre-15': true,
  'masques-en-urgence': false,
  'masquage-par-defaut': true,
  notification: true,
} as const satisfies Record<SwitchChoice['category'], boolean>

function switched(facts: RecordFacts, category: SwitchChoice['category'], permit: boolean): RecordFacts {
  switch (category) {
    case 'bris-de-glace':
      return { ...facts, emergency: coherent({ ...facts.emergency, brisDeGlace: permit }) }
    case 'centre-15':
      return { ...facts, emergency: coherent({ ...facts.emergency, centre15: permit }) }
    case 'masques-en-urgence':
      return { ...facts, emergency: coherent({ ...facts.emergency, masked: permit }) }
    case 'masquage-par-defaut':
      return { ...facts, maskedByDefault: !permit }
    case 'notification':
      return { ...facts, noticesOfChanges: permit }
  }
}

/** A7: when both emergency accesses are denied, masked documents are denied in them. */
function coherent(emergency: EmergencyChoices): EmergencyChoices {
  const { brisDeGlace, centre15, masked } = emergency
  return { brisDeGlace, centre15, masked: masked && (brisDeGlace || centre15) }
}

function without({ authorisations }: RecordFacts, actor: string): RecordFacts['authorisations'] {
  return authorisations.filter((authorisation) => authorisation.actor !== actor)
}
