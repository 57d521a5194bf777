/** The made-up population: reproducible, valid, linked, and of nobody. */

import t from 'tap'
import { isMatricule } from '../../src/dmp/identity/ins.ts'
import { isJsonObject, type JsonObject } from '../../src/fhir/json.ts'
import { families } from '../../src/population/french-names.ts'
import { type Population, portions, staffOf, traitsOfPatient } from '../../src/population/population.ts'
import { seededRandom } from '../../src/population/seeded-random.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'

function entriesOf(population: Population): JsonObject[] {
  return [...portions(population, 50)].flatMap(({ entries }) => entries)
}

function resourcesOf(population: Population): JsonObject[] {
  return entriesOf(population).flatMap(({ resource }) => (isJsonObject(resource) ? [resource] : []))
}

const registry = testRegistry()
const some = { seed: 3, resources: 2000 }

t.test('same seed, same population; another seed, another one', async (t) => {
  t.equal(JSON.stringify(entriesOf(some)), JSON.stringify(entriesOf(some)))
  t.not(JSON.stringify(entriesOf(some)), JSON.stringify(entriesOf({ ...some, seed: 4 })))
  t.same(
    [...portions(some, 7)].flatMap(({ entries }) => entries),
    entriesOf(some),
    'however it is divided',
  )
})

t.test('as many as asked for, of all types, every one of them valid', async (t) => {
  const resources = resourcesOf(some)
  t.ok(resources.length >= 2000 && resources.length < 2100, `${resources.length} resources`)
  const count = new Map<unknown, number>()
  for (const resource of resources) {
    count.set(resource.resourceType, (count.get(resource.resourceType) ?? 0) + 1)
    const issues = validate(resource, registry)
    if (issues.length > 0) t.fail(`${resource.resourceType}: ${JSON.stringify(issues)}`)
  }
  for (const type of ['Patient', 'Encounter', 'Observation', 'Condition', 'DocumentReference'])
    t.ok((count.get(type) ?? 0) > 50, `${type}: ${count.get(type)}`)
  const staff = staffOf(some)
  t.equal(count.get('Organization'), staff.organizations)
  t.equal(count.get('Practitioner'), staff.practitioners)
})

t.test('every reference leads to an entry of the same portion, or to staff', async (t) => {
  let led = 0
  const { organizations, practitioners } = staffOf(some)
  const staff = new Set([
    ...Array.from({ length: organizations }, (_, i) => `Organization/structure-${i}`),
    ...Array.from({ length: practitioners }, (_, i) => `Practitioner/ps-${i}`),
  ])
  for (const { entries } of portions(some, 50)) {
    const urns = entries.flatMap(({ fullUrl }) => (typeof fullUrl === 'string' ? [fullUrl] : []))
    t.equal(new Set(urns).size, urns.length, 'no urn twice')
    for (const [, reference = ''] of JSON.stringify(entries).matchAll(/"reference":"([^"]+)"/g)) {
      led++
      if (!urns.includes(reference) && !staff.has(reference)) t.fail(`${reference} leads nowhere`)
    }
  }
  t.ok(led > 5000)
})

t.test('a patient is told from its number: a matricule of test with the right key, given once', async (t) => {
  const patients = resourcesOf(some).filter(({ resourceType }) => resourceType === 'Patient')
  const matricules = patients.map((_, i) => traitsOfPatient(some, i).matricule)
  t.same(
    patients.map(({ identifier }) =>
      Array.isArray(identifier) && isJsonObject(identifier[0]) ? identifier[0].value : '',
    ),
    matricules,
  )
  t.equal(new Set(matricules).size, matricules.length)
  t.ok(matricules.every((matricule) => isMatricule(matricule)))
})

t.test('chances: in range, the first of a ranked list more often than the last, none never', async (t) => {
  let drawn = 0
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1000 }), (seed, stream, end) => {
      const random = seededRandom(seed, stream)
      drawn++
      return Array.from({ length: 20 }, () => random.below(end)).every((n) => n >= 0 && n < end)
    }),
  )
  t.ok(drawn >= 100)
  const random = seededRandom(1, 1)
  const count = new Map<string, number>()
  for (let i = 0; i < 100_000; i++) {
    const name = random.pickRanked(families)
    count.set(name, (count.get(name) ?? 0) + 1)
  }
  t.equal(count.size, new Set(families).size, 'every name comes')
  t.ok((count.get('Martin') ?? 0) > 5 * (count.get("L'Hostis") ?? 0))
})
