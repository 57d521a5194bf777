/**
 * A3: a blocked professional consults in no mode, with or without authorisation. A2: it may still feed. A6: only a
 * person can be blocked, never a structure.
 */
import type { Deny } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function blocked(question: Question): Deny | undefined {
  const { caller, facts } = question
  if (!actions[question.action].blockable || !caller.practitionerId) return undefined
  return facts.blocked.includes(`ps:${caller.practitionerId}`)
    ? refuse('A3', 'forbidden', 'professionnel-bloque')
    : undefined
}
