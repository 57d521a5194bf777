/** F0 to F17: who may call which transaction, by authentication mode and access mode (docs/policy.md §2). */
import type { Grant } from '../../dmp/matrices/functional-matrix.ts'
import { actorClass } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'
import type { RightId } from '../rule-ids.ts'

export function functionalRight(question: Question): Verdict {
  const { right, honours } = actions[question.action]
  if (!right) return 'not applicable'
  const worth = grantOf(question, right)
  if (honours.some((grant) => grant === worth)) return 'passes'
  return refuse(right, 'forbidden', 'droit-fonctionnel', {
    right,
    name: question.matrices.rights.describe(right)?.name ?? '',
    actor: actorClass(question.caller, question.facts),
    mode: question.mode,
  })
}

/** What the right is worth to this caller. */
export function grantOf(question: Question, right: RightId): Grant {
  const actor = actorClass(question.caller, question.facts)
  return question.matrices.rights.grant(right, actor, question.caller.authentication, question.mode)
}
