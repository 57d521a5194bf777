/**
 * The database that a command works on, as the owner of its schema: the one DATABASE_URL names, or the embedded one of a
 * server that is running, or that one started for the time it takes.
 */
import type { Config } from '../config/config.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/launch.ts'
import { runningEmbeddedPostgres } from '../embedded-postgres/running.ts'
import type { OwnerConnection } from '../storage/connection/owner-connection.ts'

/** @param closing gets what is to be closed in the end */
export async function findOwner(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  closing: (() => Promise<void>)[],
): Promise<OwnerConnection> {
  if (config.databaseUrl) return { connectionString: config.databaseUrl }
  const running = runningEmbeddedPostgres(config.dataDir)
  if (running) return running
  const started = await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true })
  closing.push(() => started.stop())
  return started.connection
}
