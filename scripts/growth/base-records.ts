/**
 * The records that are cloned: a hundred made-up patients with two thousand documents, deposited by `dmp seed` with all that a
 * deposit leaves. How many documents each has is uneven, as in life; the general practitioner who reads is authorised in all.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { assetPath } from '../../src/asset-path.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { claimDatabase } from '../../src/storage/schema/claim-database.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { createAuditPartitions } from '../../src/storage/traces/audit-partitions.ts'

export const BASE_RECORDS = 100
export const BASE_DOCUMENTS = 2_000
/** What the uniqueIds of seed number 1 begin with (src/population/dmp/document.ts). */
export const BASE_ARC = '1.2.250.1.213.1.1.9998.1.'

/** Into an empty database: the command takes one that is running for one that a server has made. */
export async function seedBase(dataDir: string, connection: Connection): Promise<void> {
  await migrate(connection, loadMigrations(assetPath('migrations')))
  await claimDatabase(connection, 'dmp')
  await createAuditPartitions(connection, new Date())
  const counts = ['--patients', String(BASE_RECORDS), '--documents', String(BASE_DOCUMENTS)]
  const child = spawn(
    process.execPath,
    [assetPath('cli.js'), 'seed', ...counts, '--seed', '1', '--size', '1000', '--processes', '1'],
    { env: { PATH: process.env.PATH, DMP_DATA_DIR: dataDir }, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`dmp seed ended with ${code}`)
}
