/**
 * What `bench fhir-search` asks: for each kind of search many different values, those of the most frequent names and codes
 * among them, so that the slowest page is found and not only the usual one.
 */
import { diagnoses, documentTypes, ICD_10, LOINC, measures } from '../../src/population/clinical-tables.ts'
import { families } from '../../src/population/french-names.ts'
import { dateOf, eventDay } from '../../src/population/made-up-time.ts'
import { TEST_INS } from '../../src/population/patient.ts'
import { type Population, staffOf, traitsOfPatient } from '../../src/population/population.ts'
import { seededRandom } from '../../src/population/seeded-random.ts'
import { practitionerId } from '../../src/population/staff.ts'

export type Search = {
  readonly name: string
  /** Path and query of the i-th value. */
  readonly target: (i: number) => string
  /** How many pages are turned; 1 when it is not said. */
  readonly pages?: number
}

/** @param patientIds of the population, any of them */
export function searchesOf(
  population: Population & { readonly patients: number },
  patientIds: readonly string[],
): readonly Search[] {
  const random = seededRandom(population.seed, 0xd000_0000)
  const days = Array.from({ length: 997 }, () => eventDay(random))
  const day = (i: number): number => days[i % days.length] ?? 0
  const dayAfter = (i: number, more: number): string => dateOf(day(i) + more)
  const patientId = (i: number): string => patientIds[i % patientIds.length] ?? ''
  const practitioner = (i: number): string =>
    `Practitioner/${practitionerId(i % staffOf(population).practitioners)}`
  const code = (i: number): string => token(LOINC, nth(measures, i).code[0])
  const diagnosis = (i: number): string => token(ICD_10, nth(diagnoses, i)[0])
  const documentType = (i: number): string => token(LOINC, nth(documentTypes, i)[0])
  const family = (i: number): string => encodeURIComponent(nth(families, i))
  const identifier = (i: number): string =>
    token(TEST_INS, traitsOfPatient(population, (i * 7919) % population.patients).matricule)
  return [
    { name: 'token: identifier', target: (i) => `Patient?identifier=${identifier(i)}` },
    { name: 'token: code, many hits', target: (i) => `Observation?code=${code(i)}&_count=50` },
    {
      name: 'token: two, of them one rare',
      target: (i) => `Observation?code=${code(i)}&status=amended&_count=50`,
    },
    {
      name: 'date range, a week',
      target: (i) => `Encounter?date=ge${dayAfter(i, 0)}&date=lt${dayAfter(i, 7)}&_count=50`,
    },
    {
      name: 'date range, a week, newest first',
      target: (i) => `Observation?date=ge${dayAfter(i, 0)}&date=lt${dayAfter(i, 7)}&_sort=-date&_count=50`,
    },
    {
      name: 'code and date range, newest first',
      target: (i) =>
        `Observation?code=${code(i)}&date=ge${dayAfter(i, 0)}&date=lt${dayAfter(i, 30)}&_sort=-date`,
    },
    {
      name: 'string prefix',
      target: (i) => `Patient?family=${encodeURIComponent(nth(families, i).slice(0, 1 + (i % 4)))}&_count=50`,
    },
    { name: 'string, sorted by it', target: (i) => `Patient?family=${family(i)}&_sort=given&_count=50` },
    { name: 'string:contains', target: (i) => `Patient?family:contains=${family(i).slice(-3)}&_count=50` },
    {
      name: 'quantity',
      target: (i) =>
        `Observation?code-value-quantity=${code(i)}$gt${nth(measures, i).mean + nth(measures, i).spread}&_count=50`,
    },
    {
      name: 'reference + _sort + _include',
      target: (i) =>
        `Observation?subject=Patient/${patientId(i)}&_sort=-date&_include=Observation:encounter&_include=Observation:performer&_count=50`,
    },
    {
      name: 'reference, many hits, + _sort + _include',
      target: (i) =>
        `Observation?performer=${practitioner(i)}&_sort=-date&_include=Observation:subject&_count=50`,
    },
    {
      name: 'code + _sort + _include',
      target: (i) => `Observation?code=${code(i)}&_sort=-date&_include=Observation:subject&_count=50`,
    },
    {
      name: '_revinclude',
      target: (i) => `Encounter?patient=${patientId(i)}&_revinclude=Observation:encounter`,
    },
    {
      name: 'documents of a patient, newest first',
      target: (i) => `DocumentReference?patient=${patientId(i)}&type=${documentType(i)}&_sort=-date`,
    },
    { name: 'chain', target: (i) => `Observation?subject:Patient.family=${family(i)}&_count=50` },
    {
      name: 'chain + code, newest first',
      target: (i) =>
        `Observation?subject:Patient.family=${family(i)}&code=${code(i * 7)}&_sort=-date&_count=50`,
    },
    {
      name: 'chain of two',
      target: (i) =>
        `Observation?subject:Patient.general-practitioner:Practitioner.family=${family(i)}&_count=50`,
    },
    { name: '_has', target: (i) => `Patient?_has:Condition:subject:code=${diagnosis(i)}&_count=50` },
    {
      name: '_has, and a name',
      target: (i) => `Patient?family=${family(i)}&_has:Observation:subject:code=${code(i * 7)}&_count=50`,
    },
    { name: ':not', target: (i) => `Condition?code:not=${diagnosis(i)}&_count=50` },
    {
      name: ':missing',
      target: (i) => `Observation?value-quantity:missing=true&date=lt${dayAfter(i, 0)}&_count=50`,
    },
    { name: 'newest of a type', target: () => 'Observation?_sort=-_lastUpdated&_count=50' },
    { name: '10 pages by id', target: (i) => `Observation?code=${code(i)}&_count=50`, pages: 10 },
    {
      name: '10 pages, newest first',
      target: (i) => `Observation?code=${code(i)}&_sort=-date&_count=50`,
      pages: 10,
    },
  ]
}

function nth<T>(list: readonly [T, ...T[]], i: number): T {
  return list[i % list.length] ?? list[0]
}

function token(system: string, code: string): string {
  return encodeURIComponent(`${system}|${code}`)
}
