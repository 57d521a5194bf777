/** Migrations: design.md §3 (the same DDL everywhere), house-style "migrations". */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { describeSchema } from '../../src/storage/describe-schema.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { loadMigrations, type Migration, MigrationError } from '../../src/storage/migrations.ts'
import { withOwner } from '../../src/storage/owner-connection.ts'
import { testDatabase } from '../support/database.ts'

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
    const others = new Set(['patient_identifier', 'schema_migration', 'server_profile'])
    const keys = rows.filter(({ name }) => !others.has(name))
    t.ok(keys.length >= 7, 'not vacuous')
    for (const { name, columns } of keys) t.equal(columns[0], 'patient_key', name)
  })
})
