/** What the server's database role may not do, whatever SQL reaches it: design.md §4. */
import pg from 'pg'
import t from 'tap'
import { assetPath } from '../../../src/asset-path.ts'
import { withOwner } from '../../../src/storage/connection/owner-connection.ts'
import { migrate } from '../../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../../src/storage/schema/migrations.ts'
import { SERVER_ROLE, serverPrivileges } from '../../../src/storage/schema/roles.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'

const INSUFFICIENT_PRIVILEGE = '42501'
const migrations = loadMigrations(assetPath('migrations'))

async function asServer<T>(db: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { role, statementTimeoutMs: _, ...where } = db.server
  const client = new pg.Client({ ...where, options: `-c role=${role}` })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function codeOf(statement: Promise<unknown>): Promise<string | undefined> {
  return statement.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
  )
}

t.test('the server cannot rewrite or destroy what was recorded', async (t) => {
  await using db = await testDatabase()
  await asServer(db, async (client) => {
    t.same((await client.query('select current_user::text as role')).rows, [{ role: SERVER_ROLE }])
    for (const table of ['audit', 'resource_version', 'content', 'schema_migration', 'business_identifier']) {
      t.equal((await client.query(`select * from ${table} limit 0`)).rowCount, 0, `${table} can be read`)
      const column = table === 'schema_migration' ? 'number' : 'patient_key'
      for (const statement of [
        `update ${table} set ${column} = ${column}`,
        `delete from ${table}`,
        `truncate ${table}`,
        `drop table ${table}`,
        `alter table ${table} add column x integer`,
      ]) {
        t.equal(await codeOf(client.query(statement)), INSUFFICIENT_PRIVILEGE, statement)
      }
    }
  })
})

t.test(
  'the partitions of audit are closed to the server, so that none can be emptied past the parent',
  async (t) => {
    await using db = await testDatabase()
    const partitions = await withOwner(db.owner, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select i.inhrelid::regclass::text as name from pg_inherits i where i.inhparent = 'audit'::regclass`,
      )
      return rows.map(({ name }) => name)
    })
    t.ok(partitions.length >= 5, 'not vacuous: the default and four months')
    await asServer(db, async (client) => {
      for (const name of partitions) {
        t.equal(await codeOf(client.query(`delete from ${name}`)), INSUFFICIENT_PRIVILEGE, name)
        t.equal(
          await codeOf(client.query(`alter table audit detach partition ${name}`)),
          INSUFFICIENT_PRIVILEGE,
          name,
        )
      }
    })
  },
)

t.test('the server makes nothing of its own', async (t) => {
  await using db = await testDatabase({ empty: true })
  // A copy takes over the rights on tables, not those on the database itself.
  await migrate(db.owner, migrations)
  await asServer(db, async (client) => {
    for (const statement of [
      'create table x (a integer)',
      'create temporary table x (a integer)',
      'create schema x',
      `create function x() returns integer language sql as 'select 1'`,
      'create role x',
      'create database x',
      'create view x as select 1',
      `update schema_migration set checksum = ''`,
      `insert into schema_migration values (99, 'x', 'x', now())`,
    ]) {
      t.equal(await codeOf(client.query(statement)), INSUFFICIENT_PRIVILEGE, statement)
    }
  })
})

t.test('every table has its line of privileges, and the server owns none', async (t) => {
  await using db = await testDatabase()
  await withOwner(db.owner, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        order by c.relname collate "C"`,
    )
    t.same(
      rows.map(({ name }) => name),
      Object.keys(serverPrivileges).sort(),
    )
  })
})

t.test('grants given by hand are taken back by the next migration run', async (t) => {
  await using db = await testDatabase()
  await withOwner(db.owner, (client) => client.query(`grant delete on audit to ${SERVER_ROLE}`))
  t.equal(await asServer(db, (client) => codeOf(client.query('delete from audit'))), 'done')
  await migrate(db.owner, migrations)
  t.equal(await asServer(db, (client) => codeOf(client.query('delete from audit'))), INSUFFICIENT_PRIVILEGE)
})

t.test('an owner who may not make roles or extensions is told what to ask for', async (t) => {
  await using db = await testDatabase({ empty: true })
  const login = `plain_${db.owner.database}`
  await withOwner(db.owner, async (client) => {
    await client.query(`create role ${login} login password 'plain'`)
    await client.query(`grant all on schema public to ${login}`)
  })
  const plain = { ...db.owner, user: login, password: 'plain' }
  try {
    await t.rejects(migrate(plain, migrations), {
      message: /ask its administrator to run once: create extension pg_trgm;/,
    })
    await withOwner(db.owner, (client) => client.query('create extension pg_trgm'))
    await t.rejects(migrate(plain, migrations), {
      message: /ask its administrator to run once: grant dmp_server to/,
    })
    await withOwner(db.owner, (client) => client.query(`grant ${SERVER_ROLE} to ${login}`))
    t.same(await migrate(plain, migrations), [], 'the tables were made before; now the grants are too')
  } finally {
    await withOwner(db.owner, async (client) => {
      await client.query(`grant ${login} to current_user`)
      await client.query(`drop owned by ${login} cascade`)
      await client.query(`drop role ${login}`)
    })
  }
})
