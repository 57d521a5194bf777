/**
 * A1: consulting in normal mode needs a valid authorisation, the caller's own or that of its structure; the médecin
 * traitant has one by its status (A11). A4: an authorisation past its end is none. Care teams come with CareTeam.
 */
import { actorClass, isProfessional, selfIds } from '../actor-class.ts'
import type { Deny } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function authorisation(question: Question): Deny | undefined {
  const { caller, facts, mode, now } = question
  if (!actions[question.action].consults || mode !== 'normal' || !isProfessional(caller)) return undefined
  if (actorClass(caller, facts) === 'MEDECIN_TRAITANT') return undefined
  const self: readonly string[] = selfIds(caller)
  const mine = facts.authorisations.filter((a) => self.includes(a.actor))
  if (mine.some((a) => a.until > now)) return undefined
  return mine.length > 0
    ? refuse('A4', 'forbidden', 'autorisation-expiree')
    : refuse('A1', 'forbidden', 'autorisation-absente')
}
