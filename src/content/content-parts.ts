/** What contents are kept and read with: made once, handed on. */
import type { Database } from '../storage/database.ts'
import type { MasterKeys } from './master-key.ts'
import type { ObjectStore } from './object-store.ts'

export type ContentParts = {
  readonly db: Database
  readonly keys: MasterKeys
  /** Undefined: all contents lie in PostgreSQL. */
  readonly elsewhere?: Elsewhere | undefined
  /** Whether texts are packed (packed.ts); they are unless this says no. */
  readonly packs?: boolean
}

export type Elsewhere = {
  readonly objects: ObjectStore
  /** Contents of fewer plain bytes stay in PostgreSQL. */
  readonly fromBytes: number
  readonly newLocation: () => string
}
