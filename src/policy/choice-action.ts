/**
 * Which action of policy a choice is, hence who may write it and who may end it: a choice is the patient's, but for what
 * the law lets others write.
 * @see docs/policy.md F0, F2, A5, A6, A13, P2
 */
import type { PatientChoice } from '../dmp/choices/patient-choice.ts'
import { isProfessional, selfIds } from './actor-class.ts'
import type { Caller } from './caller.ts'
import type { Action } from './question.ts'

export function choiceAction(choice: PatientChoice, ending: boolean, caller: Caller): Action {
  switch (choice.category) {
    case 'autorisation':
      if (declares(caller, choice.actor)) return ending ? 'end-own-authorisation' : 'declare-authorisation'
      // Another's authorisation: collected from the patient with F2; ended by the patient alone.
      return isProfessional(caller) && !ending ? 'authorise-colleague' : 'choose'
    case 'medecin-traitant':
      return ending && declares(caller, choice.actor) ? 'end-own-authorisation' : 'choose'
    case 'blocage':
      // The médecin traitant blocks at the patient's request; only the patient unblocks.
      return ending ? 'choose' : 'block'
    case 'representation':
      return 'name-representative'
    case 'opposition-alimentation':
      return ending ? 'choose' : 'record-objection'
    default:
      return 'choose'
  }
}

/** A person declares itself; only who acts in the name of its structure declares that. */
function declares(caller: Caller, actor: string): boolean {
  const prefix = caller.actor === 'PS' && caller.practitionerId ? 'ps:' : 'st:'
  return actor.startsWith(prefix) && selfIds(caller).some((id) => id === actor)
}
