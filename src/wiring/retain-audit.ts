/**
 * The retention of traces with the keys that the configuration gives: for the daily work of servers, and `dmp audit purge`.
 * @see docs/operations.md "Retention of traces"
 */
import { type Removed, RetentionError, retainedSince, retainTraces } from '../audit/retain-traces.ts'
import { verifyTraces } from '../audit/verify-traces.ts'
import type { Config } from '../config/config.ts'
import { readKeyRing } from '../seal/key-ring.ts'
import { createSealer } from '../seal/sealer.ts'
import { openDedicated } from '../storage/connection/dedicated-connection.ts'
import type { OwnerConnection } from '../storage/connection/owner-connection.ts'
import { derivedSealKey } from './derived-seal-key.ts'
import { masterKey } from './keys.ts'
import { type KeyConfig, sealAttests, traceSealKeys } from './trace-chain.ts'

type RetentionConfig = KeyConfig & Pick<Config, 'auditRetentionMonths'>

export type Retained = Removed & { readonly before: Date }

/**
 * Removes what is too old, once it has been verified: what was altered stays, for its removal would hide it.
 * @returns undefined where traces are kept for ever
 * @throws RetentionError when something keeps them from being removed
 */
export async function retainAudit(
  config: RetentionConfig,
  owner: OwnerConnection,
  now: Date,
  dryRun = false,
): Promise<Retained | undefined> {
  if (config.auditRetentionMonths === undefined) return undefined
  const before = retainedSince(now, config.auditRetentionMonths)
  const connection = await openDedicated({ ...owner, statementTimeoutMs: 0 })
  try {
    const { check } = await readKeyRing(connection, sealAttests(config))
    const key = config.seal.key ?? derivedSealKey(masterKey(config.masterKey, config.dataDir))
    const retention = { before, now, sealer: createSealer(key), check }
    const found = await retainTraces(connection, { ...retention, dryRun: true })
    if (dryRun || (found.tables.length === 0 && found.traces === 0)) return { ...found, before }
    const sealKeys = traceSealKeys(config)
    const { faults } = await verifyTraces(connection, { check, sealKeys, until: before.getTime() })
    const [first] = faults
    if (first)
      throw new RetentionError(
        `Among the traces that are to go one is ${first.kind}, of writer ${first.writer} (dmp audit verify)`,
      )
    return { ...(await retainTraces(connection, retention)), before }
  } finally {
    await connection.close()
  }
}
