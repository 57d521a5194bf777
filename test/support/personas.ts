/** The callers of the conformance tests: fictitious, their national ids of the right form and key. */
import { matriculeKey } from '../../src/dmp/identity/ins.ts'
import { isPractitionerId } from '../../src/dmp/identity/national-identifiers.ts'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'

export const testInsSystem = 'urn:oid:1.2.250.1.213.1.4.10'
export const demoInsSystem = 'urn:oid:1.2.250.1.213.1.4.11'

/** The patient of the ANS's example documents. */
export const knownIns: InsIdentifier = { system: testInsSystem, value: '279035121518989' }

/** The n-th matricule of our own, with its key. */
export function matricule(n: number): InsIdentifier {
  const first = `2790351${String(215_000 + n).padStart(6, '0')}`
  return { system: testInsSystem, value: `${first}${matriculeKey(first)}` }
}

/** The n-th professional of our own: `8` and an RPPS whose last digit is its key. */
export function practitioner(n: number): string {
  const start = `8997${String(n).padStart(7, '0')}`
  for (let key = 0; key < 10; key++) if (isPractitionerId(`${start}${key}`)) return `${start}${key}`
  throw new Error('A Luhn key is one of ten digits')
}

export const hospitalId = '1750803447'
export const otherStructureId = '1750000001'

export const hospital: Persona = { actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: hospitalId }
export const otherHospital: Persona = { ...hospital, structureId: '1750000019' }
export const administration: Persona = { actor: 'ADMINISTRATION', authentication: 'INDIRECTE' }
export const auditor: Persona = { actor: 'AUDITEUR', authentication: 'DIRECTE' }
export const secretariat: Persona = {
  actor: 'NON_PS',
  authentication: 'DIRECTE',
  structureId: otherStructureId,
}

const professional = { actor: 'PS', authentication: 'DIRECTE', structureId: otherStructureId } as const
export const gp: Persona = {
  ...professional,
  nationalId: practitioner(1),
  profession: '10',
  speciality: 'SM26',
}
export const otherGp: Persona = { ...gp, nationalId: practitioner(2), structureId: '1750000027' }
/** The matrix allows a nurse 11490-0 (discharge letter) and denies 75496-0. */
export const nurse: Persona = { ...professional, nationalId: practitioner(3), profession: '60' }
export const occupationalDoctor: Persona = { ...gp, nationalId: practitioner(4), speciality: 'SM25' }
/** Of a profession to which the matrix gives nothing. */
export const optician: Persona = { ...professional, nationalId: practitioner(5), profession: '28' }

export function patientPersona(ins: InsIdentifier): Persona {
  return { actor: 'PATIENT', authentication: 'DIRECTE', ins }
}

export function representative(ins: InsIdentifier, onBehalfOf: InsIdentifier): Persona {
  return { actor: 'REPRESENTANT_LEGAL', authentication: 'DIRECTE', ins, onBehalfOf }
}

export function aidant(ins: InsIdentifier, onBehalfOf: InsIdentifier): Persona {
  return { actor: 'AIDANT', authentication: 'DIRECTE', ins, onBehalfOf }
}
