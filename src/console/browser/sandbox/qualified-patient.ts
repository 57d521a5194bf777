/**
 * The Patient of a qualified INS, as a record is opened with it: everybody who is invented here has the same form.
 * @see docs/policy.md I1; https://hl7.fr/ig/fhir/core FR Core Patient INS
 */
import type { Ins } from './persona.ts'

export type QualifiedTraits = {
  readonly ins: Ins
  /** The name at birth, as the INS has it: in capitals. */
  readonly family: string
  readonly given: string
  /** All given names at birth. */
  readonly birthNames: string
  readonly gender: 'female' | 'male'
  readonly birthDate: string
  /** INSEE code of the commune. */
  readonly birthPlace: string
}

const frCore = 'https://hl7.fr/ig/fhir/core'
const communes = 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM'

export function qualifiedPatient(traits: QualifiedTraits) {
  const { ins, family, given, birthNames, gender, birthDate, birthPlace } = traits
  return {
    resourceType: 'Patient' as const,
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
        valueAddress: {
          extension: [
            {
              url: `${frCore}/StructureDefinition/fr-core-address-insee-code`,
              valueCoding: { system: communes, code: birthPlace },
            },
          ],
        },
      },
      {
        url: `${frCore}/StructureDefinition/fr-core-identity-reliability`,
        extension: [
          {
            url: 'identityStatus',
            valueCoding: { system: `${frCore}/CodeSystem/fr-core-cs-v2-0445`, code: 'VALI' },
          },
        ],
      },
    ],
    identifier: [{ use: 'official' as const, ...ins }],
    name: [
      {
        use: 'official' as const,
        family,
        given: [given],
        extension: [
          {
            url: `${frCore}/StructureDefinition/fr-core-patient-birth-list-given-name`,
            valueString: birthNames,
          },
        ],
      },
    ],
    gender,
    birthDate,
  }
}
