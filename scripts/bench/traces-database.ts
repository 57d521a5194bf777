/** Databases of the benchmark's own beside the one that is served: migrated, with the partitions and the keys of a server. */
import { randomBytes } from 'node:crypto'
import { assetPath } from '../../src/asset-path.ts'
import type { ChainKeeper } from '../../src/audit/chain-keeper.ts'
import { TraceWriter } from '../../src/audit/trace-writer.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { createAuditPartitions } from '../../src/storage/traces/audit-partitions.ts'
import { type KeyConfig, openTraceChain } from '../../src/wiring/trace-chain.ts'
import { withClient } from './with-client.ts'

export type TracesDatabase = {
  readonly owner: Connection
  readonly server: ConnectionSettings
  readonly keys: KeyConfig
}

export async function makeTracesDatabase(beside: Connection, database: string): Promise<TracesDatabase> {
  await withClient(beside, (client) => client.query(`create database ${database}`))
  const owner = { ...beside, database }
  await migrate(owner, loadMigrations(assetPath('migrations')))
  await createAuditPartitions(owner, new Date())
  return {
    owner,
    server: { ...owner, role: SERVER_ROLE, statementTimeoutMs: 60_000 },
    keys: {
      masterKey: randomBytes(32).toString('hex'),
      formerMasterKey: undefined,
      dataDir: '',
      seal: { key: undefined, anchors: [] },
    },
  }
}

export type Writing = { readonly db: Database; readonly chain: ChainKeeper; readonly traces: TraceWriter }

/** As a server writes traces: with its chain, its group commits and its connections. */
export async function withWriting<T>(
  { server, keys }: TracesDatabase,
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const fail = (error: unknown): void => console.error(error)
  const db = openDatabase(server, fail)
  try {
    const chain = await openTraceChain(keys, server, db, Date.now, fail)
    try {
      return await work({ db, chain, traces: new TraceWriter(db.apart) })
    } finally {
      await chain.close()
    }
  } finally {
    await db.close()
  }
}
