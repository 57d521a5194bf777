/** The contents of documents as the settings want them kept. */
import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import type { ContentStoreSettings } from './config-content.ts'
import type { Elsewhere } from './content/content-parts.ts'
import { type Contents, createContents } from './content/contents.ts'
import { type MasterKeys, masterKeys } from './content/master-key.ts'
import { masterKey } from './keys.ts'
import type { Database } from './storage/database.ts'

type KeyConfig = Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>

export async function openContents(
  config: KeyConfig & Pick<Config, 'contentStore'>,
  db: Database,
): Promise<Contents> {
  const { contentStore } = config
  const elsewhere = contentStore && (await openElsewhere(contentStore))
  return createContents({ db, keys: masterKeysOf(config), elsewhere })
}

export function masterKeysOf({ masterKey: configured, formerMasterKey, dataDir }: KeyConfig): MasterKeys {
  return masterKeys(masterKey(configured, dataDir), formerMasterKey)
}

/** Loaded only where contents lie elsewhere. */
export async function openElsewhere(settings: ContentStoreSettings): Promise<Elsewhere> {
  const { s3ObjectStore } = await import('./content/s3-object-store.ts')
  return {
    objects: s3ObjectStore(settings),
    fromBytes: settings.fromBytes,
    newLocation: randomUUID,
  }
}
