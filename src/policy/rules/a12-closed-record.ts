/** A12: in a closed record only its existence and its traces are answered. */
import type { Deny } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function closedRecord(question: Question): Deny | undefined {
  return question.facts.status === 'closed' && !actions[question.action].closedToo
    ? refuse('A12', 'suppressed', 'dossier-ferme')
    : undefined
}
