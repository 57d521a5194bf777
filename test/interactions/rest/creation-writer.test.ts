/** Creates that share a transaction: each is stored with its trace, and none pays for another. */
import t from 'tap'
import { FhirError, refusal } from '../../../src/fhir/fhir-error.ts'
import type { JsonObject } from '../../../src/fhir/json.ts'
import { CreationWriter } from '../../../src/interactions/rest/write/creation-writer.ts'
import type { Outcome } from '../../../src/interactions/rest/write/outcome.ts'
import { startTrace } from '../../../src/interactions/start-trace.ts'
import { sql } from '../../../src/storage/sql.ts'
import { decodeTrace, type TraceColumns, traceColumns } from '../../../src/storage/traces/trace-columns.ts'
import { type RestTest, resourceOf, restTest } from '../../support/rest-engine.ts'

const MANY = 200
const patient = (value: string): JsonObject => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:test', value }],
})

type Stored = { readonly id: string; readonly made_by: string; readonly traces: number }

/** With the transaction that made it, and the traces of that very transaction that name it. */
async function stored(rest: RestTest): Promise<Stored[]> {
  const made = await rest.db.run<Omit<Stored, 'traces'>>(
    sql`select r.id, r.xmin::text as made_by from resource r order by r.id`,
  )
  const traces = await rest.db.run<TraceColumns & { made_by: string }>(
    sql`select a.xmin::text as made_by, ${traceColumns} from audit a`,
  )
  const named = traces.map((trace) => `${trace.made_by} ${decodeTrace(trace).entities.join()}`)
  return made.map((one) => ({
    ...one,
    traces: named.filter((name) => name === `${one.made_by} Patient/${one.id}/1`).length,
  }))
}

function creation(rest: RestTest, id: string) {
  const { engine } = rest
  const resource = { ...patient(id), id }
  const body = JSON.stringify(resource)
  const now = Date.now()
  const place = { patientKey: engine.partition, type: 'Patient', id }
  const write = { ...place, replaces: 0, lastUpdated: now, method: 'POST' as const, body, resource }
  const outcome: Outcome = {
    effect: 'created',
    type: 'Patient',
    id,
    version: 1,
    lastUpdated: now,
    body,
    remarks: [],
    write,
  }
  const trace = startTrace(engine, 'create', { now, requestId: 'test', network: '127.0.0.1' })
  trace.concernsOnly([outcome])
  return { outcome, trace: trace.row(201, '') }
}

const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'stored',
    (error: unknown) => (error instanceof FhirError ? error.issues[0].error : String(error)),
  )

t.test(
  'creates that come together share transactions, each with its own trace in the same one',
  async (t) => {
    await using rest = await restTest()
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, i) => rest.send('POST', 'Patient', { body: patient(String(i)) })),
    )
    t.same(new Set(answers.map(({ status }) => status)), new Set([201]))
    const rows = await stored(rest)
    t.same(
      rows.map(({ id }) => id),
      answers.map((answer) => resourceOf(answer).id).sort(),
    )
    t.ok(
      rows.every(({ traces }) => traces === 1),
      'one trace each, committed with it',
    )
    const transactions = new Set(rows.map(({ made_by }) => made_by)).size
    t.ok(transactions < MANY / 4, `not vacuous: ${transactions} transactions`)
    const [audit] = await rest.db.run<{ n: number }>(sql`select count(*)::integer as n from audit`)
    t.equal(audit?.n, MANY, 'and no other')
    const one = await rest.send('POST', 'Patient', { body: patient('alone') })
    t.match(one, { status: 201, etag: 'W/"1"' })
  },
)

t.test('one of too many values is refused, those beside it are stored', async (t) => {
  await using rest = await restTest()
  const identifier = Array.from({ length: 11_000 }, (_, i) => ({ value: String(i) }))
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      outcomeOf(
        rest.send('POST', 'Patient', { body: i === 7 ? { ...patient('x'), identifier } : patient(`${i}`) }),
      ),
    ),
  )
  t.same(
    outcomes,
    outcomes.map((_, i) => (i === 7 ? 'trop-long' : 'stored')),
  )
  t.equal((await stored(rest)).length, 19)
})

t.test('one that the database refuses is refused alone', async (t) => {
  await using rest = await restTest()
  const ids = ['a', 'b', 'a', 'c']
  const outcomes = await Promise.all(
    ids.map((id) => outcomeOf(rest.engine.creations.store(creation(rest, id)))),
  )
  t.same(outcomes, ['stored', 'stored', 'conflit-concurrent', 'stored'])
  t.same(
    (await stored(rest)).map(({ id, traces }) => [id, traces]),
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
  )
})

t.test('a database that is not able is asked once, and all are told', async (t) => {
  await using rest = await restTest()
  let asked = 0
  const transaction = (): Promise<never> => {
    asked++
    return Promise.reject(refusal('transient', 'indisponible'))
  }
  const writer = new CreationWriter({ ...rest.db, transaction }, rest.engine.index)
  const outcomes = await Promise.all(['a', 'b', 'c'].map((id) => outcomeOf(writer.store(creation(rest, id)))))
  t.same(outcomes, ['indisponible', 'indisponible', 'indisponible'])
  t.equal(asked, 1)
  t.equal(await outcomeOf(writer.store(creation(rest, 'd'))), 'indisponible', 'the next is tried')
  t.equal(asked, 2)
})
