/**
 * Rights that are asked before any record is known: F0 opening one, F3 listing those that authorise me (TD0.4), F4
 * finding a patient by traits (TD0.5). There are no facts yet; the functional matrix decides, and what an emergency asks.
 */
import type { Grant } from '../dmp/matrices/functional-matrix.ts'
import type { FhirError } from '../fhir/fhir-error.ts'
import { actorClass } from './actor-class.ts'
import type { AccessMode, Caller } from './caller.ts'
import type { Matrices } from './question.ts'
import { refuse } from './refuse.ts'
import { isMotive } from './rules/a8-emergency.ts'

const honoured = {
  F0: ['yes'],
  F3: ['yes', 'own', 'own-structure'],
  F4: ['yes'],
} as const satisfies Record<string, readonly Grant[]>

/** @returns what the right is worth, or the refusal */
export function decideOutsideRecord(
  right: keyof typeof honoured,
  caller: Caller,
  mode: AccessMode,
  matrices: Matrices,
  motive?: string,
): { readonly grant: Grant } | { readonly refusal: FhirError } {
  const actor = actorClass(caller, { medecinTraitant: '' })
  const grant = matrices.rights.grant(right, actor, caller.authentication, mode)
  if (!honoured[right].some((known) => known === grant)) {
    const name = matrices.rights.describe(right)?.name ?? ''
    const { refusal } = refuse(right, 'forbidden', 'droit-fonctionnel', { right, name, actor, mode })
    return { refusal }
  }
  if (mode === 'centre_15' && !caller.regulation)
    return { refusal: refuse('A9', 'forbidden', 'regulation-absente').refusal }
  if (mode === 'bris_de_glace' && !isMotive(motive))
    return { refusal: refuse('A8', 'required', 'motif-absent').refusal }
  return { grant }
}
