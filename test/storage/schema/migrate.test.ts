/** Migrations: design.md §3 (the same DDL everywhere), house-style "migrations". */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assetPath, packageRoot } from '../../../src/asset-path.ts'
import { formatResourceId, type Uuid } from '../../../src/fhir/id.ts'
import { withOwner } from '../../../src/storage/connection/owner-connection.ts'
import { describeSchema } from '../../../src/storage/schema/describe-schema.ts'
import { migrate } from '../../../src/storage/schema/migrate.ts'
import { loadMigrations, type Migration, MigrationError } from '../../../src/storage/schema/migrations.ts'
import { testDatabase } from '../../support/database.ts'
import { newUuid } from '../../support/stored-documents.ts'

const real = loadMigrations(assetPath('migrations'))
const extra: Migration = {
  name: `${String(real.length + 1).padStart(4, '0')}_extra.sql`,
  sql: 'create table extra (id integer primary key); insert into extra values (1);',
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof MigrationError ? error.message : `no MigrationError: ${String(error)}`
}

t.test('twenty runners at once apply each migration once', async (t) => {
  await using db = await testDatabase({ empty: true })
  const runs = await Promise.all(Array.from({ length: 20 }, () => migrate(db.owner, [...real, extra])))
  t.same(
    runs.filter((applied) => applied.length > 0),
    [[...real, extra].map(({ name }) => name)],
  )
  await withOwner(db.owner, async (client) => {
    t.equal((await client.query('select 1 from extra')).rowCount, 1)
    t.equal((await client.query('select 1 from schema_migration')).rowCount, real.length + 1)
  })
})

t.test('a second run applies what is new, and nothing else', async (t) => {
  await using db = await testDatabase()
  t.same(await migrate(db.owner, real), [])
  t.same(await migrate(db.owner, [...real, extra]), [extra.name])
})

t.test('a changed migration is refused; changed line ends are not', async (t) => {
  await using db = await testDatabase()
  const [first, ...others] = real
  if (!first) throw new Error('no migration')
  const changed = [{ ...first, sql: `${first.sql}\n-- edited` }, ...others]
  t.match(await refusal(migrate(db.owner, changed)), `Migration ${first.name} is not what was applied`)
  t.match(await refusal(migrate(db.owner, [{ ...first, name: '0001_renamed.sql' }, ...others])), first.name)
  t.same(await migrate(db.owner, [{ ...first, sql: first.sql.replaceAll('\n', '\r\n') }, ...others]), [])
})

t.test('a database that is newer than the server is refused', async (t) => {
  await using db = await testDatabase()
  await migrate(db.owner, [...real, extra])
  t.match(await refusal(migrate(db.owner, real)), `newer than this server: it has migration ${extra.name}`)
})

t.test('a failed migration leaves nothing, and the next run takes it up again', async (t) => {
  await using db = await testDatabase()
  const broken = { ...extra, sql: `${extra.sql} select 1/0;` }
  t.match(
    await refusal(migrate(db.owner, [...real, broken])),
    `${extra.name} failed and was undone: division by zero`,
  )
  await withOwner(db.owner, async (client) => {
    t.same((await client.query(`select to_regclass('extra') as found`)).rows, [{ found: null }])
  })
  t.same(await migrate(db.owner, [...real, extra]), [extra.name])
})

t.test('numbers have no gap and no double', async (t) => {
  await using db = await testDatabase()
  t.match(
    await refusal(migrate(db.owner, [...real, { ...extra, name: '0099_late.sql' }])),
    /0099_late\.sql should be/,
  )
  t.match(await refusal(migrate(db.owner, [...real, ...real])), /should be numbered/)
})

t.test('schema.sql is what the migrations make', async (t) => {
  await using db = await testDatabase()
  const schema = await withOwner(db.owner, describeSchema)
  const golden = join(packageRoot(), 'migrations', 'schema.sql')
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, schema)
  t.equal(schema, readFileSync(golden, 'utf8'))
  t.notMatch(
    schema,
    /create (function|trigger|sequence|view)/,
    'none of these: the schema can be distributed',
  )
})

t.test('every key of a patient table begins with patient_key', async (t) => {
  await using db = await testDatabase()
  await withOwner(db.owner, async (client) => {
    const { rows } = await client.query<{ name: string; columns: string[] }>(`
      select x.indrelid::regclass::text as name,
             array(select a.attname::text from unnest(x.indkey::smallint[]) with ordinality as k (attnum, position)
                     join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum order by k.position) as columns
        from pg_index x join pg_class c on c.oid = x.indrelid
       where x.indisunique and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`)
    // Tables that are looked up without knowing the patient, or hold none.
    const others = new Set([
      ...['patient_identifier', 'schema_migration', 'seal_key', 'server_profile'],
      ...['audit_checkpoint', 'audit_retention', 'usage_count', 'usage_cursor', 'usage_progress'],
    ])
    const keys = rows.filter(({ name }) => !others.has(name))
    t.ok(keys.length >= 7, 'not vacuous')
    for (const { name, columns } of keys) t.equal(columns[0], 'patient_key', name)
  })
})

t.test('0006 fills what it brings from the documents and lists that are there', async (t) => {
  await using db = await testDatabase({ empty: true })
  const apply = (migrations: readonly Migration[]) =>
    withOwner(db.owner, async (client) => {
      for (const migration of migrations) await client.query(migration.sql)
    })
  await apply(real.filter(({ name }) => name < '0006'))
  const [patientKey, one, two, old, set, odd] = Array.from({ length: 6 }, (_, i) => newUuid(i))
  if (!patientKey || !one || !two || !old || !set || !odd) throw new Error('six ids')
  const place = (id: Uuid) => ({
    item: { reference: `DocumentReference/${formatResourceId({ patientKey, id })}` },
  })
  const list = {
    resourceType: 'List',
    status: 'current',
    date: '2026-05-01T10:00:00+02:00',
    entry: [place(one), place(two)],
  }
  const strange = {
    resourceType: 'List',
    status: 'current',
    date: '2026',
    entry: [place(old), { item: { reference: 'Observation/1' } }],
  }
  await withOwner(db.owner, async (client) => {
    for (const [id, version] of [
      [one, 2],
      [two, 1],
      [old, 1],
    ])
      await client.query(
        `insert into document (patient_key, id, version, last_updated, status, type, masked, invisible_patient, invisible_legal,
           archived, authors, category, format, facility, setting, event, security_label, identifier, date, binary_id,
           content_type, content_sha256, body)
         values ($1, $2, $3, '2026-06-01T00:00:00Z', 'current', 'x|y', false, false, false, false, '{}', '{}', '', '', '',
           '{}', '{}', '{}', '2026-06-01T00:00:00Z', $2, 'text/plain', '', '{}')`,
        [patientKey, id, version],
      )
    await client.query(
      `insert into resource_version (patient_key, type, id, version, last_updated, body, method, replaced_at)
       values ($1, 'DocumentReference', $2, 1, '2026-05-01T00:00:00Z', '{}', 'POST', '2026-06-01T00:00:00Z')`,
      [patientKey, one],
    )
    for (const [id, body] of [
      [set, list],
      [odd, strange],
    ])
      await client.query(
        `insert into resource (patient_key, type, id, version, last_updated, body, method, terms)
         values ($1, 'List', $2, 1, '2026-06-02T00:00:00Z', $3, 'POST', '{}')`,
        [patientKey, id, JSON.stringify(body)],
      )
  })
  await apply(real.filter(({ name }) => name.startsWith('0006')))
  await withOwner(db.owner, async (client) => {
    const rows = async (text: string): Promise<unknown[]> =>
      (await client.query({ text, rowMode: 'array' })).rows
    t.same(await rows('select id, documents::text[], date::text from document_list order by date'), [
      [set, [one, two], '2026-05-01 08:00:00+00'],
      [odd, [old, '00000000-0000-0000-0000-000000000000'], '2026-06-02 00:00:00+00'],
    ])
    t.same(await rows('select id, submission_id from document order by id'), [
      [one, set],
      [two, set],
      [old, odd],
    ])
    t.same(await rows(`select id, version from document_change where at < '2026-06-01' `), [[one, 1]])
    t.same(await rows('select count(*)::integer from document_change'), [[4]])
    t.same(await rows('select at::text from document_clock'), [['2026-06-01 00:00:00+00']])
  })
})
