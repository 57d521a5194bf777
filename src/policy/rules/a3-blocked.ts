/**
 * A3: a blocked professional consults in no mode, with or without authorisation. A2: it may still feed. A6: only a
 * person can be blocked, never a structure.
 */
import { actorId } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function blocked({ action, caller, facts }: Question): Verdict {
  if (!actions[action].blockable || !caller.practitionerId) return 'not applicable'
  return facts.blocked.includes(actorId('ps', caller.practitionerId))
    ? refuse('A3', 'forbidden', 'professionnel-bloque')
    : 'passes'
}
