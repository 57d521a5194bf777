/**
 * `dmp migrate`: what a server does to its database when it starts, done by itself: for operators whose servers have a login
 * that owns nothing (DMP_MIGRATE=false). Run before servers of a new release start, and each week besides: it makes the
 * partitions of the months to come.
 * @see docs/operations.md "Database roles"
 */
import { assetPath } from '../asset-path.ts'
import { claimDatabase, DatabaseProfileError } from '../storage/schema/claim-database.ts'
import { migrate } from '../storage/schema/migrate.ts'
import { loadMigrations, MigrationError } from '../storage/schema/migrations.ts'
import { createAuditPartitions } from '../storage/traces/audit-partitions.ts'
import { type Command, CommandError, command, exitCodes, type Io } from './command.ts'
import { commandConfig } from './command-config.ts'
import { migrateTable } from './tables/migrate.ts'

export const migrateCommand: Command = command(migrateTable, async ({ options: { json } }, io) => {
  // The settings of a server in production are not needed here.
  const { databaseUrl, profile } = commandConfig({ ...io.env, NODE_ENV: '' })
  if (!databaseUrl)
    throw new CommandError(exitCodes.usage, 'DATABASE_URL names the database, with the login that owns it')
  try {
    await bringUpToDate({ connectionString: databaseUrl }, profile, json, io)
  } catch (cause) {
    throw asCommandError(cause)
  }
  return exitCodes.ok
})

async function bringUpToDate(
  owner: { readonly connectionString: string },
  profile: 'dmp' | 'fhir',
  json: boolean,
  { out }: Io,
): Promise<void> {
  const applied = await migrate(owner, loadMigrations(assetPath('migrations')))
  await claimDatabase(owner, profile)
  const partitions = await createAuditPartitions(owner, new Date())
  if (json) return out(JSON.stringify({ applied, partitions }))
  for (const name of applied) out(`applied ${name}`)
  for (const name of partitions) out(`made ${name}`)
  if (applied.length + partitions.length === 0) out('nothing to do')
}

function asCommandError(cause: unknown): unknown {
  if (cause instanceof DatabaseProfileError)
    return new CommandError(exitCodes.configuration, cause.message, { cause })
  if (cause instanceof MigrationError) return new CommandError(exitCodes.refused, cause.message, { cause })
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === NOT_PERMITTED)
    return new CommandError(
      exitCodes.refused,
      'the login of DATABASE_URL does not own this schema: take the one that does',
      { cause },
    )
  return cause
}

const NOT_PERMITTED = '42501'
