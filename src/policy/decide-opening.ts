/** F0: who may open a record. There is no record yet, hence no facts; the functional matrix alone decides. */
import type { FhirError } from '../fhir/fhir-error.ts'
import { actorClass } from './actor-class.ts'
import type { AccessMode, Caller } from './caller.ts'
import type { Matrices } from './question.ts'
import { refuse } from './refuse.ts'

/** @returns the refusal, or undefined when the caller may */
export function decideOpening(caller: Caller, mode: AccessMode, matrices: Matrices): FhirError | undefined {
  const actor = actorClass(caller, { medecinTraitant: '' })
  if (matrices.rights.grant('F0', actor, caller.authentication, mode) === 'yes') return undefined
  const name = matrices.rights.describe('F0')?.name ?? ''
  return refuse('F0', 'forbidden', 'droit-fonctionnel', { right: 'F0', name, actor, mode }).refusal
}
