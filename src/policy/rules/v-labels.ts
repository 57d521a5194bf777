/**
 * V3, F11: a masked document is seen by its author and the médecin traitant alone, and by the patient whose choice it is.
 * V4, F12: one not yet announced is unseen by the patient and those who act for them.
 * V5: a minor's secret is unseen by legal representatives and aidants; a secret connection sees nothing else.
 * Who sees what stands in the functional matrix; here its values become a scope. A value not known here shows nothing.
 */
import type { Grant } from '../../dmp/functional-matrix.ts'
import type { DocumentScope } from '../document-scope.ts'
import type { Question } from '../question.ts'
import { grantOf } from './f-functional-right.ts'

type Labels = Pick<DocumentScope, 'masked' | 'invisiblePatient' | 'invisibleLegal'>

const maskedBy: Partial<Record<Grant, DocumentScope['masked']>> = {
  yes: 'all',
  'except-hidden-from-caller': 'all',
  own: 'own',
}

export function labels(question: Question): Labels {
  const hidden = grantOf(question, 'F12')
  const actsForAnother = question.caller.actor === 'REPRESENTANT_LEGAL' || question.caller.actor === 'AIDANT'
  return {
    masked: question.action === 'find-own-document' ? 'own' : (maskedBy[grantOf(question, 'F11')] ?? 'none'),
    invisiblePatient: hidden === 'yes' || question.action === 'find-own-document',
    invisibleLegal: question.caller.secretConnection ? 'only' : actsForAnother ? 'hidden' : 'shown',
  }
}
