/**
 * H1: the profession × document type matrix. An unknown profession reads nothing. It binds professionals; the holder of
 * the record reads every type.
 */
import { isProfessional } from '../actor-class.ts'
import type { DocumentScope } from '../document-scope.ts'
import type { Question } from '../question.ts'

export function habilitation(question: Question): DocumentScope['types'] {
  const { caller } = question
  if (caller.actor === 'PATIENT' && question.holder) return 'every'
  if (!isProfessional(caller)) return new Set()
  // A right to one's own documents only (F9) is not reading: the author knows what it wrote.
  if (question.action === 'find-own-document') return 'every'
  return question.matrices.habilitation.readableTypes(caller.profession)
}
