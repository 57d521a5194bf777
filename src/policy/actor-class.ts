/**
 * The row of the functional matrix in which a caller stands, in one record.
 * @see docs/policy.md §1
 */
import type { matrixActors } from '../dmp/functional-matrix.ts'
import type { Caller } from './caller.ts'
import type { ActorId, RecordFacts } from './facts.ts'

export type ActorClass = (typeof matrixActors)[number]

const MEDECIN = '10'
/** Médecine du travail, TRE_R38. A doctor who holds it is taken for an occupational doctor: the stricter reading. */
const MEDECINE_DU_TRAVAIL = 'SM25'

export function actorClass(caller: Caller, facts: Pick<RecordFacts, 'medecinTraitant'>): ActorClass {
  if (caller.actor !== 'PS') return caller.actor
  if (!caller.practitionerId) return 'NON_PS'
  if (caller.profession !== MEDECIN) return 'PS_NON_MEDECIN'
  if (caller.speciality === MEDECINE_DU_TRAVAIL) return 'MEDECIN_DU_TRAVAIL'
  return facts.medecinTraitant === `ps:${caller.practitionerId}` ? 'MEDECIN_TRAITANT' : 'MEDECIN'
}

/** The ids under which records and documents know this caller. */
export function selfIds(caller: Caller): ActorId[] {
  switch (caller.actor) {
    case 'PS':
    case 'NON_PS':
    case 'STRUCTURE':
      return [
        ...(caller.practitionerId && caller.actor === 'PS' ? [`ps:${caller.practitionerId}` as const] : []),
        ...(caller.structureId ? [`st:${caller.structureId}` as const] : []),
      ]
    case 'PATIENT':
      return ['patient']
    default:
      return []
  }
}

export function isProfessional(caller: Caller): boolean {
  return caller.actor === 'PS' || caller.actor === 'NON_PS' || caller.actor === 'STRUCTURE'
}
