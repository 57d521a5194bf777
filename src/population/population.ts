/**
 * A made-up population, the same for the same seed: structures and practitioners, then patients with their encounters and
 * what came of them, as the transaction Bundles that bring it to a server. Staff has ids of its own (`PUT`); patients are
 * created (`POST`), their pieces linked by urns, as an import does it.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 *
 * Nobody in it exists. NOT realistic: who has which illness when; a life of a patient has no thread.
 */
import type { JsonObject } from '../fhir/json.ts'
import { condition, documentReference, encounter, observation, type Setting } from './encounter.ts'
import { eventDay } from './made-up-time.ts'
import { patient, type Traits, traitsOf } from './patient.ts'
import { seededRandom } from './seeded-random.ts'
import { organization, organizationId, practitioner, practitionerId } from './staff.ts'

export type Population = {
  readonly seed: number
  /** How many resources at least; the last patient is whole. */
  readonly resources: number
}

export type Staff = { readonly organizations: number; readonly practitioners: number }

/** Some entries of a transaction, and up to which patient they go. */
export type Portion = { readonly entries: readonly JsonObject[]; readonly patients: number }

const RESOURCES_A_PRACTITIONER = 400
const RESOURCES_AN_ORGANIZATION = 2_000

export function staffOf({ resources }: Population): Staff {
  return {
    organizations: 2 + Math.floor(resources / RESOURCES_AN_ORGANIZATION),
    practitioners: 5 + Math.floor(resources / RESOURCES_A_PRACTITIONER),
  }
}

/** Who a patient is, without its record. */
export function traitsOfPatient({ seed }: Population, number: number): Traits {
  return traitsOf(number, seededRandom(seed, number))
}

/** @param entriesEach of a Bundle, about: a patient is not divided */
export function* portions(population: Population, entriesEach: number): Generator<Portion> {
  const staff = staffOf(population)
  let entries = staffEntries(population.seed, staff)
  let made = entries.length
  let patients = 0
  while (made < population.resources) {
    const more = patientEntries(population, patients++, staff)
    made += more.length
    entries.push(...more)
    if (entries.length >= entriesEach) {
      yield { entries, patients }
      entries = []
    }
  }
  if (entries.length > 0) yield { entries, patients }
}

function staffEntries(seed: number, { organizations, practitioners }: Staff): JsonObject[] {
  const resources = [
    ...Array.from({ length: organizations }, (_, i) => organization(seed, i)),
    ...Array.from({ length: practitioners }, (_, i) => practitioner(seed, i)),
  ]
  return resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
}

export function patientEntries(population: Population, number: number, staff: Staff): JsonObject[] {
  const random = seededRandom(population.seed, number)
  const traits = traitsOf(number, random)
  const entries: JsonObject[] = []
  const add = (resource: JsonObject): void => {
    const url = resource.resourceType ?? ''
    entries.push({ fullUrl: urn(number, entries.length), resource, request: { method: 'POST', url } })
  }
  add(patient(traits, random, staff))
  for (let left = 1 + random.below(6); left > 0; left--) {
    const day = eventDay(random)
    const at: Setting = {
      patient: urn(number, 0),
      encounter: urn(number, entries.length),
      practitioner: `Practitioner/${practitionerId(random.below(staff.practitioners))}`,
      organization: `Organization/${organizationId(random.below(staff.organizations))}`,
    }
    add(encounter(at, day, random))
    for (let n = 2 + random.below(5); n > 0; n--) add(observation(at, day, random))
    if (random.chance(0.5)) add(condition(at, day, random))
    if (random.chance(0.6)) add(documentReference(at, day, `${number}.${entries.length}`, random))
  }
  return entries
}

function urn(patientNumber: number, piece: number): string {
  const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')
  return `urn:uuid:${hex(patientNumber, 8)}-0000-4000-8000-${hex(piece, 12)}`
}
