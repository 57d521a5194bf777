/**
 * H1: the profession × document type matrix. An unknown profession reads nothing. It binds professionals; the holder of
 * the record, and who acts for the holder, read every type.
 */
import { isProfessional } from '../actor-class.ts'
import type { DocumentScope } from '../document-scope.ts'
import type { Question } from '../question.ts'
import { bearsOnOwnAlone } from './v-labels.ts'

const holders: ReadonlySet<string> = new Set(['PATIENT', 'REPRESENTANT_LEGAL', 'AIDANT'])

export function habilitation(question: Question): DocumentScope['types'] {
  const { caller } = question
  if (holders.has(caller.actor) && question.holder) return 'every'
  if (!isProfessional(caller)) return new Set()
  // Not reading: the author knows what it wrote.
  if (bearsOnOwnAlone(question)) return 'every'
  return question.matrices.habilitation.readableTypes(caller.profession)
}
