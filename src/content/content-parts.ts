/** What contents are kept and read with: made once, handed on. */
import type { Database } from '../storage/database.ts'
import type { MasterKeys } from './master-key.ts'
import type { ObjectStore } from './object-store.ts'

export type ContentParts = {
  readonly db: Database
  readonly keys: MasterKeys
  /** Undefined: all contents lie in PostgreSQL. */
  readonly elsewhere?: Elsewhere | undefined
}

export type Elsewhere = {
  readonly objects: ObjectStore
  /** Contents of fewer plain bytes stay in PostgreSQL. */
  readonly fromBytes: number
  readonly newLocation: () => string
}
