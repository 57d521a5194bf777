/**
 * The database that `dmp reindex` works on: the one DATABASE_URL names, or the embedded one of a server that is running,
 * or that one started for the time it takes. It must be ready as a server of this release leaves it: nothing is migrated
 * here.
 */
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/launch.ts'
import { runningEmbeddedPostgres } from '../embedded-postgres/running.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { loadMigrations } from '../storage/migrations.ts'
import { type OwnerConnection, withOwner } from '../storage/owner-connection.ts'
import { SERVER_ROLE } from '../storage/roles.ts'
import { CommandError, exitCodes } from './command.ts'

export type ReindexDatabase = AsyncDisposable & { readonly db: Database }

/** @throws CommandError when it cannot be reached, is not of the fhir profile, or of another release */
export async function openReindexDatabase(config: Config): Promise<ReindexDatabase> {
  const closing: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const owner = await findOwner(config, closing)
    const fault = await faultOf(owner)
    if (fault !== undefined) throw new CommandError(exitCodes.configuration, fault)
    // What breaks a connection fails the statement on it too, and is told there.
    const db = openDatabase({ ...owner, role: SERVER_ROLE, statementTimeoutMs: PATIENCE_MS }, () => undefined)
    closing.push(() => db.close())
    return { db, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function findOwner(config: Config, closing: (() => Promise<void>)[]): Promise<OwnerConnection> {
  if (config.databaseUrl) return { connectionString: config.databaseUrl }
  const running = runningEmbeddedPostgres(config.dataDir)
  if (running) return running
  const started = await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true })
  closing.push(() => started.stop())
  return started.connection
}

/** For counting all of a large database, and for a writer with thousands of resources: nobody waits for an answer here. */
const PATIENCE_MS = 600_000

const UNDEFINED_TABLE = '42P01'

async function faultOf(owner: OwnerConnection): Promise<string | undefined> {
  const known = loadMigrations(assetPath('migrations')).length
  try {
    return await withOwner(owner, async (client) => {
      const { rows } = await client.query<{ profile: string | null; migrations: number }>(
        `select (select p.profile from server_profile p) as profile,
          (select count(*)::integer from schema_migration) as migrations`,
      )
      const [found] = rows
      if (found?.migrations !== known)
        return `the database has ${found?.migrations} migrations, this release ${known}: start a server of this release first`
      if (found.profile !== 'fhir')
        return `the database was made by the profile ${found.profile}: reindex is of the profile fhir`
      return undefined
    })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === UNDEFINED_TABLE)
      return 'the database has no tables yet: start a server of this release first'
    throw new CommandError(exitCodes.unavailable, `the database cannot be reached (${code || 'no answer'})`, {
      cause,
    })
  }
}
