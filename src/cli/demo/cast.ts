/**
 * Who plays in the demonstration. All are invented; the professionals' numbers are drawn anew at each run, from the range
 * of the RPPS kept for tests, so that nobody is already authorised or blocked in a record.
 */
import { randomInt } from 'node:crypto'
import { matriculeKey } from '../../dmp/identity/ins.ts'
import { isRpps } from '../../dmp/identity/national-identifiers.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import type { Persona } from '../../sandbox/persona.ts'

export type Player = {
  /** As the narration and the table of traces call them. */
  readonly name: string
  readonly persona: Persona
}

export type Cast = {
  readonly administration: Player
  readonly hospital: Player
  readonly gp: Player
  readonly hearingAidMaker: Player
  readonly emergencyDoctor: Player
  readonly patient: Player
}

export type CastIds = { readonly hospitalId: string; readonly gpId: string; readonly ins: InsIdentifier }

const OFFICE = '1350000019'
export const HOSPITAL = '1350099993'

export function castOf({ hospitalId, gpId, ins }: CastIds): Cast {
  const professional = (profession: string, structureId: string, speciality?: string): Persona => ({
    actor: 'PS',
    authentication: 'DIRECTE',
    nationalId: drawPractitionerId(),
    profession,
    ...(speciality === undefined ? {} : { speciality }),
    structureId,
  })
  return {
    administration: player('ADMINISTRATION', { actor: 'ADMINISTRATION', authentication: 'INDIRECTE' }),
    hospital: player('the hospital (STRUCTURE)', {
      actor: 'STRUCTURE',
      authentication: 'INDIRECTE',
      structureId: hospitalId,
    }),
    gp: player('Dr Rouault, GP', { ...professional('10', OFFICE, 'SM26'), nationalId: gpId }),
    hearingAidMaker: player('M. Tanguy, audioprothésiste', professional('26', OFFICE)),
    emergencyDoctor: player('Dr Hamon, emergency doctor', professional('10', HOSPITAL, 'SM26')),
    patient: player('the patient', { actor: 'PATIENT', authentication: 'DIRECTE', ins }),
  }
}

/** PS_IdNat with the right key: `8`, then `997` (tests), seven digits and Luhn's key. */
export function drawPractitionerId(): string {
  const stem = `997${String(randomInt(10 ** 7)).padStart(7, '0')}`
  for (let key = 0; key < 10; key++) if (isRpps(`${stem}${key}`)) return `8${stem}${key}`
  throw new Error('No Luhn key for ten digits')
}

/** A matricule of the test system, and a date of birth that agrees with it, for a woman born in Rennes (35238). */
export function drawIdentity(): { readonly matricule: string; readonly birthTime: string } {
  const [year, month, day] = [1936 + randomInt(30), 1 + randomInt(12), 1 + randomInt(28)].map((number) =>
    String(number).padStart(2, '0'),
  )
  const order = String(1 + randomInt(998)).padStart(3, '0')
  const first13 = `2${year?.slice(2)}${month}35238${order}`
  return { matricule: `${first13}${matriculeKey(first13)}`, birthTime: `${year}${month}${day}` }
}

function player(name: string, persona: Persona): Player {
  return { name, persona }
}
