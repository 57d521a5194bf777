/** What `dmp doctor` looks at, in the order in which it is told. */
import type { Check } from './check.ts'
import { certificates } from './checks/certificates.ts'
import { chain } from './checks/chain.ts'
import { contentStore } from './checks/content-store.ts'
import { database } from './checks/database.ts'
import { issuers } from './checks/issuers.ts'
import { keys } from './checks/keys.ts'
import { machine } from './checks/machine.ts'
import { matrices } from './checks/matrices.ts'
import { notices } from './checks/notices.ts'
import { partitions } from './checks/partitions.ts'
import { ports } from './checks/ports.ts'
import { replica } from './checks/replica.ts'
import { rights } from './checks/rights.ts'
import { schema } from './checks/schema.ts'
import { settings } from './checks/settings.ts'
import { storedKeys } from './checks/stored-keys.ts'
import { subscriptions } from './checks/subscriptions.ts'

export { database }

export const checks: readonly Check[] = [
  settings,
  machine,
  database,
  replica,
  schema,
  rights,
  partitions,
  chain,
  keys,
  storedKeys,
  certificates,
  issuers,
  matrices,
  contentStore,
  notices,
  subscriptions,
  ports,
]
