/** Organizations and practitioners of a population: with ids of their own, so that everybody else can refer to them. */
import type { JsonObject } from '../fhir/json.ts'
import { families, givenNames, towns } from './french-names.ts'
import { seededRandom } from './seeded-random.ts'

const RPPS = 'urn:oid:1.2.250.1.71.4.2.1'
const FINESS = 'urn:oid:1.2.250.1.71.4.2.2'
/** Streams of random numbers: patients have those from 0 up. */
const ORGANIZATIONS = 0xf000_0000
const PRACTITIONERS = 0xe000_0000

export function organizationId(number: number): string {
  return `structure-${number}`
}

export function practitionerId(number: number): string {
  return `ps-${number}`
}

export function organization(seed: number, number: number): JsonObject {
  const random = seededRandom(seed, ORGANIZATIONS + number)
  const [city, postalCode] = random.pick(towns)
  const kind = random.pick(['Hôpital', 'Clinique', 'Maison de santé', 'Laboratoire', "Centre d'imagerie"])
  return {
    resourceType: 'Organization',
    id: organizationId(number),
    identifier: [{ system: FINESS, value: `1${postalCode}${String(number).padStart(4, '0')}` }],
    active: true,
    type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }] }],
    name: `${kind} ${random.pick(families)} de ${city}`,
    address: [
      { line: [`${1 + random.below(200)} avenue ${random.pick(families)}`], city, postalCode, country: 'FR' },
    ],
  }
}

export function practitioner(seed: number, number: number): JsonObject {
  const random = seededRandom(seed, PRACTITIONERS + number)
  const gender = random.chance(0.5) ? 'female' : 'male'
  return {
    resourceType: 'Practitioner',
    id: practitionerId(number),
    identifier: [{ system: RPPS, value: `8999${String(number).padStart(8, '0')}` }],
    active: true,
    name: [
      {
        use: 'official',
        family: random.pickRanked(families),
        given: [random.pickRanked(givenNames[gender])],
        prefix: ['Dr'],
      },
    ],
    gender,
  }
}
