/** A10: emergency accesses are told to the patient and the médecin traitant, and to nobody else who asks to be told. */
import { actorClass, personId } from '../actor-class.ts'
import type { Deny, Verdict } from '../decision.ts'
import type { ActorId } from '../facts.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

type Asked = Pick<Question, 'caller' | 'facts' | 'holder'>

/** As notices name whom they are for. */
export function emergencyRecipient({ caller, facts, holder }: Asked): ActorId | Deny {
  if (caller.actor === 'PATIENT' && holder) return 'patient'
  const person = actorClass(caller, facts) === 'MEDECIN_TRAITANT' ? personId(caller) : undefined
  return person ?? refuse('A10', 'forbidden', 'abonnement-urgence')
}

export function toldOfEmergencies(question: Asked): Verdict {
  const recipient = emergencyRecipient(question)
  return typeof recipient === 'object' ? recipient : 'passes'
}
