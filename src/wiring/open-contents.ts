/** The contents of documents as the settings want them kept. */
import { randomUUID } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { ContentStoreSettings } from '../config/content.ts'
import type { Elsewhere } from '../content/content-parts.ts'
import { type Contents, createContents } from '../content/contents.ts'
import { type MasterKeys, masterKeys } from '../content/master-key.ts'
import type { ObjectStore } from '../content/object-store.ts'
import type { Database } from '../storage/database.ts'
import { masterKey } from './keys.ts'

type KeyConfig = Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir'>

/** @param watched what stands around the store, where there is one */
export async function openContents(
  config: KeyConfig & Pick<Config, 'contentStore' | 'packContents'>,
  db: Database,
  watched: (store: ObjectStore) => ObjectStore = (store) => store,
): Promise<Contents> {
  const { contentStore, packContents } = config
  const opened = contentStore && (await openElsewhere(contentStore))
  const elsewhere = opened && { ...opened, objects: watched(opened.objects) }
  return createContents({ db, keys: masterKeysOf(config), elsewhere, packs: packContents })
}

export function masterKeysOf({ masterKey: configured, formerMasterKey, dataDir }: KeyConfig): MasterKeys {
  return masterKeys(masterKey(configured, dataDir), formerMasterKey)
}

/** Loaded only where contents lie elsewhere. */
export async function openElsewhere(settings: ContentStoreSettings): Promise<Elsewhere> {
  const { s3ObjectStore } = await import('../content/s3-object-store.ts')
  return {
    objects: s3ObjectStore(settings),
    fromBytes: settings.fromBytes,
    newLocation: randomUUID,
  }
}
