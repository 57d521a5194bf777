/**
 * Ready for Citus, shown on plain PostgreSQL: the schema of all migrations fits; every statement of the interactions, as they
 * really send it, is bound to one record by its key alone, but for those that are named here with their reason; and the script
 * that spreads the tables does so in its order, once, and refuses what it cannot do. With CITUS_URL (a coordinator with nodes,
 * an empty database) the same on Citus itself.
 * @see docs/decisions/0021
 */
import pg from 'pg'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { claimDatabase } from '../../src/storage/schema/claim-database.ts'
import { isSpread } from '../../src/storage/schema/is-spread.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { spreadTables } from '../../src/storage/schema/spread-tables.ts'
import { unfitForSpreading } from '../../src/storage/schema/unfit-for-spreading.ts'
import { testApp } from '../support/app.ts'
import { SERVER_VARIABLE, testDatabase } from '../support/database.ts'
import { hotRequests } from '../support/hot-requests.ts'
import { looseTables, planOf } from '../support/plan-of.ts'
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

/** What is not bound to one record by its key alone, and why it may be so. One that nothing matches fails the test too. */
const acrossRecords = {
  'an INS leads to its record by a table that lies on every node; the join then asks each shard (docs/decisions/0021)':
    {
      tables: ['record', 'notice'],
      text: /patient_identifier p (?:where|join record)|from patient_identifier/,
    },
  'TD0.4: records of whoever asks, in all shards': {
    tables: ['standing', 'resource', 'record', 'notice'],
    text: /from standing s/,
  },
  'rows of one submission or group, given as one value: each goes to the shard of its key': {
    tables: ['insert into seal', 'insert into audit'],
    text: /from json_to_recordset|from unnest/,
  },
  'notices and events that follow from rows of the same statement': {
    tables: ['insert into notice', 'insert into notice_outbox', 'insert into subscription_event'],
    text: /insert into (?:notice|subscription_event)/,
  },
} as const

t.test('every statement of a request is bound to one record', async (t) => {
  let database = ''
  await using app = await testApp({}, (server) => {
    database = server.database
    return server
  })
  const requests = await hotRequests(app)
  t.ok(requests > 35, `${requests} requests`)
  const texts = await recordedStatements(primary, database)
  t.ok(texts.size > 60, `${texts.size} statements`)
  const unbound: string[] = []
  const used = new Set<string>()
  for (const text of texts) {
    const plan = await planOf(app, text)
    if (plan === undefined) continue
    const loose = looseTables(plan, text)
    const reasons = Object.entries(acrossRecords).filter(([, { text: pattern }]) => pattern.test(text))
    for (const table of loose) {
      const reason = reasons.find(([, { tables }]) => tables.some((each) => each === table))
      if (reason) used.add(reason[0])
      else unbound.push(`${table}: ${text.replace(/\s+/g, ' ').slice(0, 1_000)}`)
    }
  }
  t.same(unbound, [])
  t.same([...used].sort(), Object.keys(acrossRecords).sort(), 'no exception is left over')
})

t.test('spreading: in order and once; refused where it cannot be, with what to do', async (t) => {
  await using test = await testDatabase()
  const client = new pg.Client({ ...test.owner, options: '-c search_path=public' })
  await client.connect()
  const migrations = loadMigrations(assetPath('migrations'))
  try {
    await t.rejects(
      spreadTables(client, migrations, () => undefined),
      { name: 'SpreadError', message: /has no Citus: install it on every node/ },
    )
    const { rows } = await client.query(
      `select count(*)::integer as count from pg_class where relname = 'record'`,
    )
    t.same(rows, [{ count: 1 }])
  } finally {
    await client.end()
  }
})

const { CITUS_URL } = process.env
t.test('on Citus itself', { skip: CITUS_URL ? false : 'CITUS_URL names no coordinator' }, async (t) => {
  const owner = { connectionString: CITUS_URL ?? '' }
  const migrations = loadMigrations(assetPath('migrations'))
  await migrate(owner, migrations)
  await claimDatabase(owner, 'dmp')
  const lines: string[] = []
  const spread = (): Promise<void> =>
    withOwner(owner, (client) => spreadTables(client, migrations, (line) => void lines.push(line)))
  await spread()
  lines.length = 0
  await spread()
  t.match(lines.join(' '), /nothing is left to do/)
  t.equal(await isSpread(owner), true)
  await using app = await testApp({}, (server) => ({
    ...owner,
    role: server.role ?? SERVER_ROLE,
    statementTimeoutMs: 30_000,
    isSpread: true,
  }))
  t.ok((await hotRequests(app)) > 35)
  await withOwner(owner, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain select d.body from document d where d.patient_key = '00000000-0000-7000-8000-000000000001'`,
    )
    t.match(rows.map((row) => row['QUERY PLAN']).join(' '), /Task Count: 1\b/)
  })
})
