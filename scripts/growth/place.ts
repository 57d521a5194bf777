/**
 * A PostgreSQL of its own on the disk of the checkout, durable as in operation, with one database for each size: all sizes
 * are measured in turn on the same processes, caches and disk.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { SUPERUSER } from '../../src/embedded-postgres/initialise.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { withClient } from '../bench/with-client.ts'
import { seedBase } from './base-records.ts'

export type Place = AsyncDisposable & {
  readonly dataDir: string
  /** To the database of the base records. */
  readonly connection: Connection
  readonly postmasterPid: number
}

/** @param kept folder that stays; undefined: one that is removed */
export async function openPlace(kept: string | undefined): Promise<Place> {
  const dataDir = kept === undefined ? newFolder() : resolve(kept)
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const postgres = await startForLoading(dataDir)
  const close = async (): Promise<void> => {
    await postgres.stop()
    if (kept === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    if (!(await hasBase(postgres.connection))) await seedBase(dataDir, postgres.connection)
    const { connection } = postgres
    return { dataDir, connection, postmasterPid: postmasterOf(dataDir), [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

function newFolder(): string {
  const parent = join(packageRoot(), '.build')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'growth-data-'))
  chmodSync(folder, 0o711)
  return folder
}

/**
 * `wal_level = minimal`: a table that is truncated and filled in one transaction is synced at its end and not written twice.
 * It takes a restart, and changes nothing of what a single request costs.
 */
async function startForLoading(dataDir: string): Promise<EmbeddedPostgres> {
  const first = await startEmbeddedPostgres({ dataDir, durable: true })
  const level = await withClient({ ...first.connection, user: SUPERUSER }, async (client) => {
    const { rows } = await client.query<{ wal_level: string }>('show wal_level')
    await client.query(`alter system set wal_level = minimal`)
    await client.query(`alter system set max_wal_size = '4GB'`)
    await client.query(`alter system set checkpoint_timeout = '15min'`)
    return rows[0]?.wal_level
  }).catch(async (error: unknown) => {
    await first.stop()
    throw error
  })
  if (level === 'minimal') return first
  await first.stop()
  return startEmbeddedPostgres({ dataDir, durable: true })
}

async function hasBase(connection: Connection): Promise<boolean> {
  return withClient(connection, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(
      `select to_regclass('public.document') is not null as there`,
    )
    return rows[0]?.there === true
  })
}

function postmasterOf(dataDir: string): number {
  const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name))
  const file = data === undefined ? undefined : join(dataDir, data)
  const postmaster = file !== undefined && existsSync(file) ? readPostmaster(file) : undefined
  if (!postmaster) throw new Error('No PostgreSQL was found')
  return postmaster.pid
}
