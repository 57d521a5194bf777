/** The Patient with which a record is opened for a made-up patient: a qualified identity (rule I1), born nowhere known. */
import { identityExtensions } from '../../dmp/identity-traits.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { TEST_INS, type Traits } from '../patient.ts'

const UNKNOWN_PLACE = '99999'

export function insPatientOf({ matricule, family, given, gender, birthDate }: Traits): JsonObject {
  const { birthGivenNames, birthPlace, inseeCode, reliability } = identityExtensions
  const commune = {
    url: inseeCode,
    valueCoding: {
      system: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM',
      code: UNKNOWN_PLACE,
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
    identifier: [{ use: 'official', system: TEST_INS, value: matricule }],
    name: [
      {
        use: 'official',
        family,
        given: [given[0] ?? ''],
        extension: [{ url: birthGivenNames, valueString: given.join(' ') }],
      },
    ],
    gender,
    birthDate,
  }
}
