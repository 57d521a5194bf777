/** A6, A7: the patient's choices are the patient's to write. Those that another may write have an action of their own. */
import type { Deny } from '../decision.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function choices(question: Question): Deny | undefined {
  if (question.action !== 'choose') return undefined
  return question.caller.actor === 'PATIENT' && question.holder
    ? undefined
    : refuse('A6', 'forbidden', 'droit-fonctionnel', {
        right: 'A6',
        name: 'choix du patient',
        actor: question.caller.actor,
        mode: question.mode,
      })
}
