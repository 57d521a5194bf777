/**
 * The database, ready to serve: ours or the one DATABASE_URL names, migrated, its partitions there, reached under the
 * server's own role.
 */
import { assetPath } from './asset-path.ts'
import type { Config } from './config.ts'
import { startEmbeddedPostgres } from './embedded-postgres/launch.ts'
import { createAuditPartitions } from './storage/audit-partitions.ts'
import type { ConnectionSettings } from './storage/database.ts'
import { migrate } from './storage/migrate.ts'
import { loadMigrations } from './storage/migrations.ts'
import type { OwnerConnection } from './storage/owner-connection.ts'
import { SERVER_ROLE } from './storage/roles.ts'

export type PreparedDatabase = { readonly connection: ConnectionSettings; stop(): Promise<void> }

export async function prepareDatabase(config: Config, now: Date): Promise<PreparedDatabase> {
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true })
  const stop = async (): Promise<void> => embedded?.stop()
  const owner: OwnerConnection = embedded?.connection ?? { connectionString: config.databaseUrl ?? '' }
  try {
    await migrate(owner, loadMigrations(assetPath('migrations')))
    await createAuditPartitions(owner, now)
  } catch (error) {
    await stop()
    throw error
  }
  const connection = { ...owner, role: SERVER_ROLE, statementTimeoutMs: config.limits.statementTimeoutMs }
  return { connection, stop }
}
