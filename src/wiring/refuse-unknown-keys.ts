/**
 * A server whose master key is not the one that the contents of this database are sealed with must not start: it could read
 * none of them, and would seal new ones by a key that nobody meant. The names of keys are compared; no key is tried.
 */
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/values.ts'
import { masterNamed } from '../content/master-key.ts'
import { type OwnerConnection, runnerOn, withOwner } from '../storage/connection/owner-connection.ts'
import { mastersInUse } from '../storage/contents/content-keys.ts'
import { masterKeysOf } from './open-contents.ts'

/** @throws ConfigError */
export async function refuseUnknownKeys(
  owner: OwnerConnection,
  config: Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>,
): Promise<void> {
  const keys = masterKeysOf(config)
  const inUse = await withOwner(owner, (client) => mastersInUse(runnerOn(client)))
  const unknown = inUse.filter((name) => !masterNamed(keys, name))
  if (unknown.length === 0) return
  throw new ConfigError(
    `DMP_MASTER_KEY (${keys.current.name}) does not open contents of this database, sealed with ${unknown.join(', ')}: ` +
      'give the key they were sealed with, or, while keys change, name the former in DMP_MASTER_KEY_FORMER',
  )
}
