/**
 * Brings the schema up to date, as its owner. Any number of processes may start at once: one lock lets them in one by
 * one, and all but the first find nothing to do. Each migration is one transaction, so `create index concurrently` is out.
 *
 * Refused: a migration that changed after it was applied, and a database some newer version has migrated further.
 */
import type pg from 'pg'
import {
  advisoryLocks,
  inTransaction,
  type OwnerConnection,
  withOwner,
} from '../connection/owner-connection.ts'
import { type Migration, MigrationError, type NumberedMigration, numberMigrations } from './migrations.ts'
import { askAdministrator, createServerRole, grantToServer } from './roles.ts'

type Applied = { readonly number: number; readonly name: string; readonly checksum: string }

/** @returns the names of the migrations applied now */
export async function migrate(owner: OwnerConnection, migrations: readonly Migration[]): Promise<string[]> {
  const known = numberMigrations(migrations)
  return withOwner(owner, async (client) => {
    // Released with the connection.
    await client.query('select pg_advisory_lock($1::bigint)', [advisoryLocks.migrate])
    await client.query(`create table if not exists schema_migration (
      number     integer primary key,
      name       text not null,
      checksum   text not null,
      applied_at timestamptz not null
    )`)
    const pending = pendingOf(known, await readApplied(client))
    for (const migration of pending) await apply(client, migration)
    await createServerRole(client)
    await inTransaction(client, () => grantToServer(client))
    return pending.map(({ name }) => name)
  })
}

/** @throws MigrationError when the database is not one that these migrations made */
export function pendingOf(
  known: readonly NumberedMigration[],
  applied: readonly Applied[],
): readonly NumberedMigration[] {
  for (const { number, name, checksum } of applied) {
    const migration = known[number - 1]
    if (!migration) {
      throw new MigrationError(
        `The database is newer than this server: it has migration ${name}, this server knows ${known.length}. ` +
          'Start the newer version.',
      )
    }
    if (migration.name !== name || migration.checksum !== checksum) {
      throw new MigrationError(
        `Migration ${migration.name} is not what was applied to this database (${name}): restore the file and put the ` +
          'change into a new migration.',
      )
    }
  }
  // Applied ones are checked to be a beginning of the known ones, one by one, above; a gap would shift the count.
  applied.forEach(({ number, name }, index) => {
    if (number !== index + 1)
      throw new MigrationError(`A migration is missing before ${name} in schema_migration`)
  })
  return known.slice(applied.length)
}

export async function readApplied(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'select m.number, m.name, m.checksum from schema_migration m order by m.number',
  )
  return rows
}

async function apply(client: pg.Client, { number, name, checksum, sql }: NumberedMigration): Promise<void> {
  try {
    await inTransaction(client, async () => {
      await client.query(sql)
      await client.query(
        'insert into schema_migration (number, name, checksum, applied_at) values ($1, $2, $3, now())',
        [number, name, checksum],
      )
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const [, extension] = /^permission denied to create extension "(\w+)"/.exec(reason) ?? []
    if (extension !== undefined) {
      throw new MigrationError(askAdministrator(`create extension ${extension}`), { cause: error })
    }
    throw new MigrationError(`Migration ${name} failed and was undone: ${reason}`, { cause: error })
  }
}
