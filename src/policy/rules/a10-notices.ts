/**
 * A10: whom an access must be told to. A first consultation of a professional in normal mode: the patient. An emergency
 * access, of a structure too: the patient and the médecin traitant, once for each session of the caller (its access
 * token): ten documents read in one intervention are one intervention. What a deposit or a change owes is said where it
 * is written. Of a secret connection (V5) the patient is not told: the messages to a minor are read by representatives.
 */
import { isProfessional, selfIds } from '../actor-class.ts'
import type { Caller } from '../caller.ts'
import type { Notice } from '../decision.ts'
import { actions, type Question } from '../question.ts'

export function noticesOf(question: Question): readonly Notice[] {
  const { action, caller, mode, facts, announced } = question
  if (!actions[action].consults || !isProfessional(caller)) return []
  const [self = ''] = selfIds(caller)
  if (mode === 'normal') {
    if (caller.secretConnection || announced || !self.startsWith('ps:')) return []
    return [{ key: firstAccessKey(self), kind: 'premier-acces', recipient: 'patient' }]
  }
  const key = `${mode} ${self} ${session(caller)}`
  const told: Notice = { key, kind: mode, recipient: 'patient' }
  const patient = caller.secretConnection ? [] : [told]
  const { medecinTraitant } = facts
  if (medecinTraitant === '' || medecinTraitant === self) return patient
  return [...patient, { key: `${key} MT`, kind: mode, recipient: medecinTraitant }]
}

/** What a record keeps of a professional whose first access it has told: storage asks for it by the same name. */
export function firstAccessKey(professional: string): string {
  return `premier-acces ${professional}`
}

function session({ tokenId, client }: Caller): string {
  return tokenId || client
}
