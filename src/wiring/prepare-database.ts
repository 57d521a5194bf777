/**
 * The database, ready to serve: ours or the one DATABASE_URL names, migrated, its partitions there, reached under the
 * server's own role. With DMP_MIGRATE=false another login has migrated it, and it is only looked at.
 */
import { assetPath } from '../asset-path.ts'
import { unreachable, wordsOf } from '../cli/unreachable.ts'
import type { Config } from '../config/config.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/launch.ts'
import { runAll } from '../jobs/run-all.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import type { OwnerConnection } from '../storage/connection/owner-connection.ts'
import { checkSchema } from '../storage/schema/check-schema.ts'
import { claimDatabase } from '../storage/schema/claim-database.ts'
import { migrate } from '../storage/schema/migrate.ts'
import { loadMigrations } from '../storage/schema/migrations.ts'
import { SERVER_ROLE } from '../storage/schema/roles.ts'
import { createAuditPartitions } from '../storage/traces/audit-partitions.ts'
import { refuseUnknownKeys } from './refuse-unknown-keys.ts'
import { retainAudit } from './retain-audit.ts'
import { spreadAsWanted } from './spread-as-wanted.ts'

export type PreparedDatabase = { readonly connection: ConnectionSettings; stop(): Promise<void> }

/** Nobody answers where DATABASE_URL leads, or lets this server in, or lets it do what it must. */
class DatabaseRefusesError extends Error {
  override readonly name = 'DatabaseRefusesError'
}

const NOT_PERMITTED = '42501'
const NOT_THE_OWNER =
  'the login of DATABASE_URL does not own this schema: take the one that does, or run `dmp migrate` with that one and set DMP_MIGRATE=false'

const DAY = 24 * 60 * 60 * 1000

/** @param onError told when the daily care for traces fails: those of a month without a partition go to the default one */
export async function prepareDatabase(
  config: Config,
  onError: (error: unknown) => void,
): Promise<PreparedDatabase> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true })
  const owner: OwnerConnection = embedded?.connection ?? { connectionString: config.databaseUrl ?? '' }
  let isSpread: boolean
  try {
    const migrations = loadMigrations(assetPath('migrations'))
    if (config.migrates) {
      await migrate(owner, migrations)
      await claimDatabase(owner, config.profile)
    } else await checkSchema(owner, migrations, config.profile)
    if (config.profile === 'dmp') await refuseUnknownKeys(owner, config)
    if (config.migrates) await createAuditPartitions(owner, new Date())
    isSpread = await spreadAsWanted(owner, config)
  } catch (error) {
    await embedded?.stop()
    throw embedded ? error : toldOf(error)
  }
  const care = (): Promise<unknown> =>
    runAll([
      () => createAuditPartitions(owner, new Date()),
      async () => (config.profile === 'dmp' ? retainAudit(config, owner, new Date()) : undefined),
    ])
  // What the owner alone may do; where it is another login, its own jobs do it (`dmp migrate`, `dmp audit purge`).
  const daily = config.migrates ? setInterval(() => void care().catch(onError), DAY) : undefined
  daily?.unref()
  return {
    connection: {
      ...owner,
      role: SERVER_ROLE,
      statementTimeoutMs: config.limits.statementTimeoutMs,
      isSpread,
      ...(config.databaseReadUrl === undefined ? {} : { readUrl: config.databaseReadUrl }),
    },
    async stop() {
      clearInterval(daily)
      await embedded?.stop()
    },
  }
}

function toldOf(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && error.code === NOT_PERMITTED)
    return new DatabaseRefusesError(NOT_THE_OWNER, { cause: error })
  const why = unreachable(error)
  if (why === undefined) return error
  const [, en, , todo] = wordsOf(why)
  return new DatabaseRefusesError(`the database of DATABASE_URL: ${en}: ${todo}`, { cause: error })
}
