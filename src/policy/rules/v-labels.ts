/**
 * V3, F11: a masked document is seen by its author and the médecin traitant alone, and by the patient whose choice it is.
 * V4, F12: one not yet announced is unseen by the patient and those who act for them.
 * V5: a minor's secret is unseen by legal representatives and aidants; a secret connection sees nothing else.
 * F9, F17: what bears on one's own documents alone shows these alone, and every one of them.
 * F12: what is archived, replaced or deleted is seen by who has that right.
 * Who sees what stands in the functional matrix; here its values become a scope. A value not known here shows nothing.
 */
import { isProfessional } from '../actor-class.ts'
import type { DocumentScope } from '../document-scope.ts'
import type { Question } from '../question.ts'
import { grantOf } from './f-functional-right.ts'

type Labels = Pick<DocumentScope, 'onlyOwn' | 'masked' | 'invisiblePatient' | 'invisibleLegal' | 'withdrawn'>

export function labels(question: Question): Labels {
  const hidden = grantOf(question, 'F12')
  const onlyOwn = bearsOnOwnAlone(question)
  const actsForAnother = question.caller.actor === 'REPRESENTANT_LEGAL' || question.caller.actor === 'AIDANT'
  return {
    onlyOwn,
    masked: onlyOwn ? 'own' : maskedBy(question),
    // V4 comes before authorship: what a patient wrote is not announced to the patient by finding it.
    invisiblePatient: hidden === 'yes' || (onlyOwn && isProfessional(question.caller)),
    invisibleLegal: actsForAnother ? 'hidden' : question.caller.secretConnection ? 'only' : 'shown',
    withdrawn: hidden === 'yes' || hidden === 'except-hidden-from-caller' || onlyOwn,
  }
}

/** The author knows what it wrote, whatever became of it. Another's document is none of its business here. */
export function bearsOnOwnAlone(question: Question): boolean {
  if (question.action === 'find-own-document') return true
  if (question.action !== 'delete-document') return false
  const worth = grantOf(question, 'F17')
  return worth === 'own' || worth === 'own-structure'
}

function maskedBy(question: Question): DocumentScope['masked'] {
  switch (grantOf(question, 'F11')) {
    case 'yes':
    case 'except-hidden-from-caller':
      return 'all'
    case 'own':
      return 'own'
    case 'if-masked-allowed':
      // A7: the author reads what it masked, in an emergency as ever (V3).
      return question.facts.emergency.masked ? 'all' : 'own'
    default:
      return 'none'
  }
}
