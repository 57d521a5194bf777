/**
 * The row of the functional matrix in which a caller stands, in one record.
 * @see docs/policy.md §1
 */
import type { matrixActors } from '../dmp/matrices/functional-matrix.ts'
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
  return facts.medecinTraitant === personId(caller) ? 'MEDECIN_TRAITANT' : 'MEDECIN'
}

/** `ps:…` of a caller who is a professional in person. */
export function personId(caller: Caller): ActorId | undefined {
  return selfIds(caller).find((id) => id.startsWith('ps:'))
}

/** Of each caller, once: they are asked for several times in every decision, and a caller makes many requests. */
const known = new WeakMap<Caller, readonly ActorId[]>()

/** The ids under which a record may authorise this caller: a professional's own, and those of its structure. */
export function selfIds(caller: Caller): readonly ActorId[] {
  const before = known.get(caller)
  if (before) return before
  const ids = idsOf(caller)
  known.set(caller, ids)
  return ids
}

function idsOf(caller: Caller): readonly ActorId[] {
  switch (caller.actor) {
    case 'PS':
    case 'NON_PS':
    case 'STRUCTURE':
      return [
        ...(caller.practitionerId && caller.actor === 'PS' ? [actorId('ps', caller.practitionerId)] : []),
        ...(caller.structureId ? [actorId('st', caller.structureId)] : []),
      ]
    case 'PATIENT':
      return ['patient']
    default:
      return []
  }
}

/**
 * `ps:…` or `st:…`. Joined and not concatenated: V8 keeps a concatenation in two pieces, and comparing it with each of
 * hundreds of ids then costs several times as much (`npm run bench -- decide`).
 */
function actorId<Kind extends 'ps' | 'st'>(kind: Kind, id: string): `${Kind}:${string}` {
  return [kind, id].join(':') as `${Kind}:${string}`
}

/**
 * The ids under which a document is the caller's own: a person wrote it, or, for who acts as a structure, the structure
 * did. That a colleague of one's structure is its author makes it nobody's own but the colleague's (V3). Who holds
 * parental authority or a mandate writes as the patient.
 */
export function authorIds(caller: Caller): readonly ActorId[] {
  if (caller.actor === 'REPRESENTANT_LEGAL') return ['patient']
  const self = selfIds(caller)
  const persons = self.filter((id) => id.startsWith('ps:'))
  return persons.length > 0 ? persons : self
}

/** The patient, and who writes as the patient. */
export function writesAsPatient(caller: Caller): boolean {
  return authorIds(caller).includes('patient')
}

export function isProfessional(caller: Caller): boolean {
  return caller.actor === 'PS' || caller.actor === 'NON_PS' || caller.actor === 'STRUCTURE'
}
