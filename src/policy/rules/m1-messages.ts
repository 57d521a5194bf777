/**
 * M1: messages about a document are between the patient, or a legal representative, and a professional in person who may
 * read in the record (F10, A1, A3 say so); in normal mode. An aidant reads documents, not letters; a secret connection leaves
 * none, for representatives read the patient's (V5).
 */
import { actorClass, personId, selfIds } from '../actor-class.ts'
import type { Caller } from '../caller.ts'
import type { Verdict } from '../decision.ts'
import type { ActorId } from '../facts.ts'
import type { Question } from '../question.ts'
import { refuse } from '../refuse.ts'

export function messages(question: Question): Verdict {
  const { action, caller, facts, mode } = question
  if (action !== 'send-message' && action !== 'read-messages') return 'not applicable'
  const may = correspondent(caller) !== undefined && mode === 'normal' && !caller.secretConnection
  if (may) return 'passes'
  const actor = actorClass(caller, facts)
  return refuse('M1', 'forbidden', 'droit-fonctionnel', { right: 'M1', name: 'messagerie', actor, mode })
}

/** As whom a caller writes; undefined for who writes none. */
export function correspondent(caller: Caller): ActorId | undefined {
  if (caller.actor === 'PATIENT' || caller.actor === 'REPRESENTANT_LEGAL') return 'patient'
  return caller.actor === 'PS' ? personId(caller) : undefined
}

/** The names under which a caller is written to: of a structure, every professional of it who may read. */
export function addressedAs(caller: Caller): readonly ActorId[] {
  const self = correspondent(caller)
  return self === undefined || self === 'patient' ? (self ? [self] : []) : selfIds(caller)
}
