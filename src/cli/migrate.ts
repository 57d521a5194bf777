/**
 * `dmp migrate`: what a server does to its database when it starts, done by itself: for operators whose servers have a login
 * that owns nothing (DMP_MIGRATE=false). Run before servers of a new release start, and each week besides: it makes the
 * partitions of the months to come.
 * @see docs/operations.md "Database roles"
 */
import { parseArgs } from 'node:util'
import { assetPath } from '../asset-path.ts'
import { createAuditPartitions } from '../storage/audit-partitions.ts'
import { claimDatabase, DatabaseProfileError } from '../storage/claim-database.ts'
import { migrate } from '../storage/migrate.ts'
import { loadMigrations, MigrationError } from '../storage/migrations.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { commandConfig } from './command-config.ts'

export const migrateUsage = `usage: dmp migrate

  Applies the migrations that the database lacks, grants the server's role what
  it may do, and makes the partitions of traces for this month and the next
  three. Run twice, it finds nothing to do. Servers may go on meanwhile.

DATABASE_URL names the database, with the login that owns its schema, and
DMP_PROFILE the profile.`

export const migrateCommand: Command = async (args, io) => {
  const { help, positionals } = readOptions(args)
  if (help) {
    io.out(migrateUsage)
    return exitCodes.ok
  }
  if (positionals.length > 0)
    throw new CommandError(exitCodes.usage, 'dmp migrate has no arguments (dmp migrate --help)')
  // The settings of a server in production are not needed here.
  const { databaseUrl, profile } = commandConfig({ ...io.env, NODE_ENV: '' })
  if (!databaseUrl)
    throw new CommandError(exitCodes.usage, 'DATABASE_URL names the database, with the login that owns it')
  try {
    await bringUpToDate({ connectionString: databaseUrl }, profile, io)
  } catch (cause) {
    throw asCommandError(cause)
  }
  return exitCodes.ok
}

async function bringUpToDate(
  owner: { readonly connectionString: string },
  profile: 'dmp' | 'fhir',
  { out }: CommandIo,
): Promise<void> {
  const applied = await migrate(owner, loadMigrations(assetPath('migrations')))
  await claimDatabase(owner, profile)
  const partitions = await createAuditPartitions(owner, new Date())
  for (const name of applied) out(`applied ${name}`)
  for (const name of partitions) out(`made ${name}`)
  if (applied.length + partitions.length === 0) out('nothing to do')
}

function asCommandError(cause: unknown): unknown {
  if (cause instanceof DatabaseProfileError)
    return new CommandError(exitCodes.configuration, cause.message, { cause })
  if (cause instanceof MigrationError) return new CommandError(exitCodes.refused, cause.message, { cause })
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  // Of the connection, and PostgreSQL's own: no such database, wrong password, starting up.
  if (/^(?:ECONN|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ENOENT|3D000|28|57P03|53300)/.test(code))
    return new CommandError(exitCodes.unavailable, `the database cannot be reached (${code})`, { cause })
  if (code === NOT_PERMITTED)
    return new CommandError(
      exitCodes.refused,
      'the login of DATABASE_URL does not own this schema: take the one that does',
      { cause },
    )
  return cause
}

const NOT_PERMITTED = '42501'

function readOptions(args: readonly string[]): { help: boolean; positionals: readonly string[] } {
  try {
    const options = { help: { type: 'boolean', short: 'h', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { help: values.help, positionals }
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp migrate --help)`, { cause })
  }
}
