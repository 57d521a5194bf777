/** The Patient with which the record of a made-up patient is opened, born nobody knows where. */
import type { Patient } from '@medplum/fhirtypes'
import { qualifiedPatient } from '../../dmp/identity/qualified-patient.ts'
import { TEST_INS, type Traits } from '../patient.ts'

const UNKNOWN_PLACE = '99999'

export function insPatientOf({ matricule, family, given, gender, birthDate }: Traits): Patient {
  return qualifiedPatient(
    { system: TEST_INS, value: matricule },
    {
      family,
      firstGiven: given[0] ?? '',
      birthGivenNames: given.join(' '),
      gender,
      birthDate,
      birthPlace: UNKNOWN_PLACE,
    },
  )
}
