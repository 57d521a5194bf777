/** Where the figures were measured: without it they say nothing. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { packageRoot } from '../../src/asset-path.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { quantile } from './durations.ts'

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** Median of writing and syncing 8 KB where the data lie, in milliseconds. */
  readonly syncMs: number
  readonly loadBefore: number
}

export type DatabaseAbout = { readonly postgres: string; readonly durability: string }

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    syncMs: syncMilliseconds(),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** @throws when a crash could lose what was answered: there is nothing to measure then */
export async function describeDatabase(connection: Connection): Promise<DatabaseAbout> {
  const client = new pg.Client(connection)
  await client.connect()
  const show = async (setting: string): Promise<string> =>
    String(Object.values((await client.query<Record<string, unknown>>(`show ${setting}`)).rows[0] ?? {})[0])
  try {
    const [fsync, commit] = [await show('fsync'), await show('synchronous_commit')]
    if (fsync !== 'on' || commit !== 'on') throw new Error('The database is not durable: nothing to measure')
    return {
      postgres: await show('server_version'),
      durability: `fsync ${fsync}, synchronous_commit ${commit}`,
    }
  } finally {
    await client.end()
  }
}

function syncMilliseconds(): number {
  const file = join(packageRoot(), '.build', `bench-sync-${process.pid}`)
  const page = Buffer.alloc(8192, 1)
  const descriptor = openSync(file, 'w')
  try {
    const took = Array.from({ length: 50 }, () => {
      const begin = performance.now()
      writeSync(descriptor, page)
      fdatasyncSync(descriptor)
      return performance.now() - begin
    })
    return quantile(
      took.sort((a, b) => a - b),
      0.5,
    )
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
}
