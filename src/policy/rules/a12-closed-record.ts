/**
 * A12: in a closed record its existence, its closing and its traces are answered, and the patient may reactivate it; an
 * open one has nothing to reactivate.
 */
import type { Verdict } from '../decision.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function closedRecord({ facts, action }: Question): Verdict {
  const { whenClosed } = actions[action]
  if (facts.status === 'closed')
    return whenClosed === 'refused' ? refuse('A12', 'suppressed', 'dossier-ferme') : 'passes'
  return whenClosed === 'only' ? refuse('A12', 'conflict', 'dossier-ouvert') : 'passes'
}
