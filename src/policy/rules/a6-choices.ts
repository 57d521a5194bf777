/**
 * A5, A6, A12: what has no functional right, and who may do it all the same; in normal mode. The patient's
 * choices are the patient's, or the legal representative's; the médecin traitant may block at the patient's request; a
 * professional ends what is its own. An aidant chooses nothing: it reads.
 * V5: nothing is chosen or declared in a secret connection, not even with the right to (F2, F7): representatives read the
 * choices of the patient, and each names the professional or the document.
 */
import { actorClass, isProfessional } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { isAuthenticationPossible } from '../possible-authentication.ts'
import type { Action, Question } from '../question.ts'
import { refuse } from '../refuse.ts'
import type { RuleId } from '../rule-ids.ts'

/** What a professional writes as a Consent or CareTeam. */
const written: ReadonlySet<Action> = new Set<Action>([
  'declare-authorisation',
  'authorise-colleague',
  'end-own-authorisation',
  'choose',
  'block',
  'record-objection',
])

export function choices(question: Question): Verdict {
  if (question.caller.secretConnection && written.has(question.action))
    return refuse('V5', 'forbidden', 'choix-en-secret')
  switch (question.action) {
    case 'choose':
      return verdict(question, decidesForHolder(question), 'A6', 'choix du patient')
    case 'block':
      return verdict(question, decidesForHolder(question) || isMedecinTraitant(question), 'A6', 'blocage')
    case 'end-own-authorisation':
      return verdict(question, isProfessional(question.caller), 'A5', 'fin de sa propre autorisation')
    case 'close-record':
      return verdict(
        question,
        decidesForHolder(question) || question.caller.actor === 'ADMINISTRATION',
        'A12',
        'fermeture du dossier',
      )
    case 'reactivate-record':
      return verdict(question, decidesForHolder(question), 'A12', 'réactivation du dossier')
    default:
      return 'not applicable'
  }
}

/** The patient, or who holds parental authority or a mandate (P1 and P2 have checked which record and until when). */
function decidesForHolder({ caller, holder }: Question): boolean {
  return holder && (caller.actor === 'PATIENT' || caller.actor === 'REPRESENTANT_LEGAL')
}

function isMedecinTraitant({ caller, facts }: Question): boolean {
  return actorClass(caller, facts) === 'MEDECIN_TRAITANT'
}

/** An emergency is for reading: nothing is chosen in it. */
function verdict(question: Question, may: boolean, right: RuleId, name: string): Verdict {
  const { caller, facts, mode } = question
  if (may && mode === 'normal' && isAuthenticationPossible(caller)) return 'passes'
  return refuse(right, 'forbidden', 'droit-fonctionnel', {
    right,
    name,
    actor: actorClass(caller, facts),
    mode,
  })
}
