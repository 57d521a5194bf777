/**
 * D7: who may write which document type. A type is for any feeding professional, for the patient, for the Assurance
 * Maladie, or, the synthèse médicale, for the médecin traitant and the other doctors of the care team.
 * Of the care team are the doctors whom the patient authorised, one by one or in a team (A1).
 */
import type { Depositor } from '../dmp/codes/document-types.ts'
import type { Grant } from '../dmp/matrices/functional-matrix.ts'
import { actorClass } from './actor-class.ts'
import type { Question } from './question.ts'
import { standing } from './rules/a1-authorisation.ts'

/** @param grant what the right F7 is worth to the caller */
export function mayDeposit(
  grant: Grant,
  depositor: Depositor,
  question: Pick<Question, 'caller' | 'facts' | 'now'>,
): boolean {
  switch (grant) {
    case 'yes':
    case 'imputed-to-structure':
      return (
        depositor === 'PROFESSIONAL' || (depositor === 'MEDECIN_OF_THE_CARE_TEAM' && isOfCareTeam(question))
      )
    case 'patient-types':
      return depositor === 'PATIENT'
    case 'reimbursement-only':
      return depositor === 'ASSURANCE_MALADIE'
    default:
      return false
  }
}

function isOfCareTeam({ caller, facts, now }: Pick<Question, 'caller' | 'facts' | 'now'>): boolean {
  const actor = actorClass(caller, facts)
  return (actor === 'MEDECIN' || actor === 'MEDECIN_TRAITANT') && standing(caller, facts, now) === 'valid'
}
