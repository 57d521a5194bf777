/** A patient who does not exist: a name, a day and a place, and a matricule of test in department 99. */
import { insOids, matriculeKey } from '../dmp/identity/ins.ts'
import type { JsonObject } from '../fhir/json.ts'
import { families, givenNames, towns } from './french-names.ts'
import { birthDay, dateOf } from './made-up-time.ts'
import type { Random } from './seeded-random.ts'
import { organizationId, practitionerId } from './staff.ts'

export const TEST_INS = `urn:oid:${insOids.TEST}`

export type Traits = {
  readonly matricule: string
  readonly family: string
  readonly given: readonly string[]
  readonly gender: 'female' | 'male'
  readonly birthDate: string
}

/** The first numbers of a patient's stream: who it is can be told without its whole record. */
export function traitsOf(number: number, random: Random): Traits {
  const gender = random.chance(0.52) ? 'female' : 'male'
  const birthDate = dateOf(birthDay(random))
  const first13 =
    (gender === 'female' ? '2' : '1') +
    birthDate.slice(2, 4) +
    birthDate.slice(5, 7) +
    99 +
    String(number % 1_000_000).padStart(6, '0')
  const names = givenNames[gender]
  return {
    matricule: first13 + matriculeKey(first13),
    family: random.pickRanked(families),
    given: [random.pickRanked(names), random.pickRanked(names)],
    gender,
    birthDate,
  }
}

export function patient(
  { matricule, family, given, gender, birthDate }: Traits,
  random: Random,
  staff: { readonly organizations: number; readonly practitioners: number },
): JsonObject {
  const [city, postalCode] = random.pickRanked(towns)
  return {
    resourceType: 'Patient',
    identifier: [{ use: 'official', system: TEST_INS, value: matricule }],
    active: true,
    name: [{ use: 'official', family, given: [...given] }],
    telecom: [{ system: 'phone', value: `0639 98 ${String(10_000 + random.below(90_000))}`, use: 'mobile' }],
    gender,
    birthDate,
    address: [
      {
        use: 'home',
        line: [`${1 + random.below(150)} rue ${random.pick(families)}`],
        city,
        postalCode,
        country: 'FR',
      },
    ],
    generalPractitioner: [{ reference: `Practitioner/${practitionerId(random.below(staff.practitioners))}` }],
    managingOrganization: { reference: `Organization/${organizationId(random.below(staff.organizations))}` },
  }
}
