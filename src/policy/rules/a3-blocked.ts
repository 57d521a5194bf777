/**
 * A3: a blocked professional consults in no mode, with or without authorisation. A2: it may still feed. A6: only a
 * person can be blocked, never a structure.
 */
import { personId } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function blocked({ action, caller, facts }: Question): Verdict {
  if (!actions[action].blockable || !caller.practitionerId) return 'not applicable'
  // Whoever is blocked stays so who calls in another quality than as a professional.
  const person = personId(caller) ?? `ps:${caller.practitionerId}`
  return facts.blocked.includes(person) ? refuse('A3', 'forbidden', 'professionnel-bloque') : 'passes'
}
