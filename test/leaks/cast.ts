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
/** Who acts for others, by their own INS. */
export const helpers: readonly InsIdentifier[] = [matricule(901), matricule(902)]

/** @param holders INS of each record @param stranger of no record */
export function castOf(holders: readonly InsIdentifier[], stranger: InsIdentifier): Cast {
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
