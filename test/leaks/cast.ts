/** Who asks: one of each kind of caller that the rules tell apart. */
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import {
  administration,
  auditor,
  gp,
  hospital,
  hospitalId,
  matricule,
  nurse,
  occupationalDoctor,
  optician,
  otherGp,
  otherHospital,
  otherStructureId,
  patientPersona,
  practitioner,
  representative,
  secretariat,
} from '../support/personas.ts'

export type Cast = ReadonlyMap<string, Persona>

export const authors = [gp, otherGp, nurse].map(({ nationalId = '' }) => nationalId)
export const authoringStructures = [hospitalId, otherStructureId]
/** Whom the patients authorise and block. */
export const chosenPersons = [gp, otherGp, nurse, optician, occupationalDoctor].map(
  ({ nationalId = '' }) => nationalId,
)
export const chosenStructures = [hospitalId, otherStructureId]

/** By their INS. */
export type Patients = {
  /** Of each record. */
  readonly holders: readonly InsIdentifier[]
  /** Of no record. */
  readonly stranger: InsIdentifier
  /** Who act for others. */
  readonly helpers: readonly InsIdentifier[]
}

/** @param former how many casts have been on this server: each has patients of its own */
export function patientsOf(records: number, former: number): Patients {
  const numbered = (first: number, count: number): InsIdentifier[] =>
    Array.from({ length: count }, (_, i) => matricule(first + former * count + i))
  return { holders: numbered(1, records), stranger: matricule(899), helpers: numbered(901, 2) }
}

export function castOf({ holders, stranger, helpers }: Patients): Cast {
  const pharmacist: Persona = { ...gp, nationalId: practitioner(6), profession: '21' }
  const unknownProfession: Persona = { ...nurse, nationalId: practitioner(7), profession: '99' }
  const { speciality: _, ...pharmacistOnly } = pharmacist
  const entries: [string, Persona][] = [
    ['gp', gp],
    ['gp of another structure', otherGp],
    ['gp in AIR', { ...gp, authentication: 'INDIRECTE_RENFORCEE' }],
    ['gp of the regulation', { ...gp, regulation: true }],
    ['gp in a secret connection', { ...gp, secretConnection: true }],
    ['nurse', nurse],
    ['nurse of the regulation', { ...nurse, regulation: true }],
    ['pharmacist', pharmacistOnly],
    ['optician', optician],
    ['unknown profession', unknownProfession],
    ['occupational doctor', occupationalDoctor],
    ['secretariat', secretariat],
    ['hospital', hospital],
    ['another hospital', otherHospital],
    ['auditor', auditor],
    ['administration', administration],
    ['assurance maladie', { actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' }],
    ['patient without a record', patientPersona(stranger)],
  ]
  holders.forEach((ins, i) => {
    entries.push([`patient ${i}`, patientPersona(ins)])
    helpers.forEach((helper, h) => {
      entries.push([`representative ${h} of ${i}`, representative(helper, ins)])
      entries.push([`aidant ${h} of ${i}`, { ...representative(helper, ins), actor: 'AIDANT' }])
    })
  })
  return new Map(entries)
}
