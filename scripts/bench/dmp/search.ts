/**
 * `search`: the newest twenty current documents of a record, by the patient's INS; of one type; of a period. Of a record of
 * 50 and of one of 2,000 documents. The limit hands over the same rows, known beforehand.
 */
import { encodeUuid, parseResourceId, type Uuid } from '../../../src/fhir/id.ts'
import { TEST_INS } from '../synthetic-letter.ts'
import { getRequest, learn } from './learn.ts'
import { POOL } from './limit-paths.ts'
import type { Bench, Scenario } from './scenario.ts'
import type { SizedRecord } from './seeded-population.ts'

const TARGET = 0.6
const LOINC = 'http://loinc.org'

export async function searchScenarios(bench: Bench): Promise<Scenario[]> {
  const scenarios: Scenario[] = []
  for (const record of bench.data.population.sized) {
    for (const [name, criteria] of Object.entries(criteriaOf(record)))
      scenarios.push(await searchScenario(bench, record, name, criteria))
  }
  return scenarios
}

function criteriaOf({ type, from, until }: SizedRecord): Record<string, string> {
  const code = /^\d+-\d$/.test(type) ? encodeURIComponent(`${LOINC}|${type}`) : encodeURIComponent(type)
  return { newest: '', 'by type': `&type=${code}`, 'by period': `&period=ge${from}&period=lt${until}` }
}

export function searchTarget(matricule: string, criteria = ''): string {
  const patient = encodeURIComponent(`${TEST_INS}|${matricule}`)
  return `/fhir/DocumentReference?patient.identifier=${patient}&status=current${criteria}&_sort=-date&_count=20`
}

async function searchScenario(
  { server, data, limits }: Bench,
  record: SizedRecord,
  criterion: string,
  criteria: string,
): Promise<Scenario> {
  const name = `search ${record.documents}, ${criterion}`
  const request = getRequest(data.as.gp, searchTarget(record.matricule, criteria))
  const [own] = await learn(server.port, 'search', [request])
  if (!own) throw new Error('A search without an answer')
  const ids = idsOf(own.body)
  if (ids.length === 0) throw new Error(`${name} finds nothing`)
  const page = name.replace(/\W+/g, '-')
  await limits.pages({ [page]: { patientKey: record.patientKey, ids } })
  const paths = [`/rows/${page}`, `${POOL}/rows/${page}`]
  const [rows, pooled] = await learn(
    limits.port,
    'rows',
    paths.map((path) => getRequest('', path)),
    (body) => sameRows(own.body, body, ids.length),
  )
  if (!rows || !pooled) throw new Error('A limit without an answer')
  return {
    bench: 'search',
    name,
    bytes: own.body.length,
    warmUp: 2_000,
    next: () => own.shot,
    limits: [
      limits.fastify('Fastify, the same rows', () => rows.shot),
      limits.fastify('Fastify, the same rows by pg’s pool', () => pooled.shot),
      ...limits.postgres(
        'select d.body from document d where d.patient_key = :key::uuid and d.id = any(:ids::uuid[])',
        { key: record.patientKey, ids: `{${ids.join(',')}}` },
      ),
    ],
    target: TARGET,
  }
}

/** Of the matches of a searchset, in its order. */
export function idsOf(bundle: Buffer): Uuid[] {
  const found = [...bundle.toString().matchAll(/"fullUrl":"[^"]*\/DocumentReference\/([^"]+)"/g)]
  return found.flatMap(([, id = '']) => parseResourceId(id)?.id ?? [])
}

/** @throws when a row of the limit does not stand in the server's page as it is */
export function sameRows(own: Buffer, theirs: Buffer, count: number): void {
  const bundle = JSON.parse(theirs.toString()) as { entry: { resource: { id: string } }[] }
  if (bundle.entry.length !== count) throw new Error(`${bundle.entry.length} rows instead of ${count}`)
  const text = own.toString()
  for (const { resource } of bundle.entry)
    if (!text.includes(JSON.stringify(resource)))
      throw new Error('A row is served otherwise than it is stored')
}

/** A name for the page of a record. */
export function pageOf(patientKey: Uuid): string {
  return encodeUuid(patientKey)
}
