/** A qualified identity (rule I1) as FR Core writes it: the Patient with which a record is opened. */
import type { Patient } from '@medplum/fhirtypes'
import { identityExtensions } from './identity-traits.ts'
import type { Ins } from './ins.ts'

export type QualifiedTraits = {
  /** At birth. */
  readonly family: string
  readonly firstGiven: string
  /** The list of the birth certificate, as one text. */
  readonly birthGivenNames: string
  readonly gender: 'male' | 'female' | 'unknown'
  readonly birthDate: string
  /** COG code. */
  readonly birthPlace: string
}

export function qualifiedPatient(ins: Ins, traits: QualifiedTraits): Patient {
  const { birthGivenNames, birthPlace, inseeCode, reliability } = identityExtensions
  const commune = {
    url: inseeCode,
    valueCoding: {
      system: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM',
      code: traits.birthPlace,
    },
  }
  const validated = {
    url: 'identityStatus',
    valueCoding: { system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445', code: 'VALI' },
  }
  return {
    resourceType: 'Patient',
    extension: [
      { url: birthPlace, valueAddress: { extension: [commune] } },
      { url: reliability, extension: [validated] },
    ],
    identifier: [{ use: 'official', ...ins }],
    name: [
      {
        use: 'official',
        family: traits.family,
        given: [traits.firstGiven],
        extension: [{ url: birthGivenNames, valueString: traits.birthGivenNames }],
      },
    ],
    gender: traits.gender,
    birthDate: traits.birthDate,
  }
}
