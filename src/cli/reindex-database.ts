/**
 * The database that `dmp reindex` works on: the one DATABASE_URL names, or the embedded one of a server that is running,
 * or that one started for the time it takes. It must be ready as a server of this release leaves it: nothing is migrated
 * here.
 */
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config/config.ts'
import { type OwnerConnection, withOwner } from '../storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../storage/database.ts'
import { loadMigrations } from '../storage/schema/migrations.ts'
import { SERVER_ROLE } from '../storage/schema/roles.ts'
import { CommandError, exitCodes } from './command.ts'
import { findOwner } from './owner-database.ts'

export type ReindexDatabase = AsyncDisposable & { readonly db: Database; readonly profile: 'dmp' | 'fhir' }

/** @throws CommandError when it cannot be reached, or is of another release */
export async function openReindexDatabase(config: Config): Promise<ReindexDatabase> {
  const closing: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const owner = await findOwner(config, closing)
    const profile = await profileOf(owner)
    // What breaks a connection fails the statement on it too, and is told there.
    const db = openDatabase({ ...owner, role: SERVER_ROLE, statementTimeoutMs: PATIENCE_MS }, () => undefined)
    closing.push(() => db.close())
    return { db, profile, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** For counting all of a large database, and for a writer with thousands of resources: nobody waits for an answer here. */
const PATIENCE_MS = 600_000

const UNDEFINED_TABLE = '42P01'

async function profileOf(owner: OwnerConnection): Promise<'dmp' | 'fhir'> {
  const known = loadMigrations(assetPath('migrations')).length
  const refuse = (fault: string): CommandError => new CommandError(exitCodes.configuration, fault)
  try {
    return await withOwner(owner, async (client) => {
      const { rows } = await client.query<{ profile: string | null; migrations: number }>(
        `select (select p.profile from server_profile p) as profile,
          (select count(*)::integer from schema_migration) as migrations`,
      )
      const [found] = rows
      if (found?.migrations !== known)
        throw refuse(
          `the database has ${found?.migrations} migrations, this release ${known}: start a server of this release first`,
        )
      if (found.profile !== 'fhir' && found.profile !== 'dmp')
        throw refuse('no server has made this database its own yet: start one of this release first')
      return found.profile
    })
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === UNDEFINED_TABLE)
      throw refuse('the database has no tables yet: start a server of this release first')
    throw new CommandError(exitCodes.unavailable, `the database cannot be reached (${code || 'no answer'})`, {
      cause,
    })
  }
}
