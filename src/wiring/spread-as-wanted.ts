/** Whether Citus has the tables on several nodes; what cannot go with it stops the start. */
import { type Config, ConfigError } from '../config/config.ts'
import type { OwnerConnection } from '../storage/connection/owner-connection.ts'
import { isSpread } from '../storage/schema/is-spread.ts'

/** @throws ConfigError for settings that promise what such a database cannot keep */
export async function spreadAsWanted(
  owner: OwnerConnection,
  config: Pick<Config, 'profile' | 'databaseReadUrl'>,
): Promise<boolean> {
  const spread = await isSpread(owner)
  if (!spread) return false
  if (config.profile === 'fhir')
    throw new ConfigError(
      'DMP_PROFILE=fhir keeps all under one key: its database is not to be spread by Citus',
    )
  // Each node has a log and replicas of its own: there is no one place in it to wait for.
  if (config.databaseReadUrl !== undefined)
    throw new ConfigError(
      'DATABASE_READ_URL is for one PostgreSQL: leave it out where Citus spreads the tables',
    )
  return true
}
