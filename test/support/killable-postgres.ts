/**
 * A durable PostgreSQL of a test's own that can be killed as a machine loses its power, and started again on the same data
 * and at the same address: a link that leads to the folder of its socket, which is another after each start.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { fastestFolder, type PostgresAddress } from './test-postgres.ts'

export type KillablePostgres = AsyncDisposable & {
  readonly address: PostgresAddress
  /** SIGKILL to each of its processes, and back only when it serves again. */
  readonly killAndStart: () => Promise<void>
}

export async function killablePostgres(): Promise<KillablePostgres> {
  const folder = mkdtempSync(join(fastestFolder(), 'dmp-killable-'))
  const link = join(folder, 's')
  let running = await start(folder, link)
  return {
    address: { ...running.connection, host: link },
    async killAndStart() {
      const processes = [postmasterOf(join(folder, 'data')), ...(await childrenOf(running.connection))]
      for (const pid of processes) killOne(pid)
      await untilGone(processes)
      await running.stop()
      running = await start(folder, link)
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Durable as in production: what it has confirmed must be there again. */
async function start(folder: string, link: string): Promise<EmbeddedPostgres> {
  const started = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), durable: true })
  symlinkSync(started.connection.host, `${link}.new`)
  renameSync(`${link}.new`, link)
  return started
}

/** Killed first, so that it starts nobody anew. */
function postmasterOf(dataDir: string): number {
  const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name))
  const postmaster = data === undefined ? undefined : readPostmaster(join(dataDir, data))
  if (!postmaster) throw new Error(`no PostgreSQL in ${dataDir}`)
  return postmaster.pid
}

async function childrenOf(address: PostgresAddress): Promise<number[]> {
  const client = new pg.Client(address)
  // Its own process is among those that die: there is no farewell.
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select a.pid from pg_stat_activity a')
  return rows.map(({ pid }) => pid)
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

async function untilGone(processes: readonly number[]): Promise<void> {
  for (;;) {
    const left = processes.filter((pid) => {
      try {
        return process.kill(pid, 0)
      } catch (error) {
        if (isGone(error)) return false
        throw error
      }
    })
    if (left.length === 0) return
    await sleep(5)
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH'
}
