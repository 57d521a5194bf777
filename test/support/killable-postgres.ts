/**
 * A durable PostgreSQL of a test's own that can be stopped, or killed as a machine loses its power, and started again on the
 * same data and at the same address: a link that leads to the folder of its socket, which is another after each start.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { isRunning, readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { type ChildProcess, childProcesses } from './child-processes.ts'
import { fastestFolder, type PostgresAddress } from './test-postgres.ts'

export type KillablePostgres = AsyncDisposable & {
  readonly address: PostgresAddress
  /** Where its files lie, its log among them. */
  readonly folder: string
  /** SIGKILL to each of its processes, and back only when it serves again. */
  readonly killAndStart: () => Promise<void>
  /** SIGKILL to each of its processes; back when they are gone. */
  readonly kill: () => Promise<void>
  /** As an operator does it: open transactions are rolled back. */
  readonly stop: () => Promise<void>
  /** After one of these, or after it has ended by itself. */
  readonly start: () => Promise<void>
  /** The process that starts all others; undefined when it does not run. */
  readonly postmaster: () => number | undefined
  /** Of each process that it has started: connections, and what writes in the background. */
  readonly processes: () => readonly ChildProcess[]
}

/** @param folder where its data are to lie; its owner removes it. Without it they lie where it is fastest */
export async function killablePostgres(folder?: string): Promise<KillablePostgres> {
  const place = folder ?? mkdtempSync(join(fastestFolder(), 'dmp-killable-'))
  const dataDir = join(place, 'data')
  const link = join(place, 's')
  let running = await started(dataDir, link)

  const stop = (): Promise<void> => running.stop()
  const start = async (): Promise<void> => {
    await running.stop()
    running = await started(dataDir, link)
  }
  const kill = async (): Promise<void> => {
    const postmaster = postmasterOf(dataDir)
    // The one that starts the others goes first.
    const processes = postmaster ? [postmaster, ...childProcesses(postmaster).map(({ pid }) => pid)] : []
    for (const pid of processes) killOne(pid)
    await untilGone(processes)
  }
  return {
    address: { ...running.connection, host: link },
    folder: place,
    kill,
    stop,
    start,
    postmaster: () => postmasterOf(dataDir),
    processes() {
      const postmaster = postmasterOf(dataDir)
      return postmaster ? childProcesses(postmaster) : []
    },
    async killAndStart() {
      await kill()
      await start()
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      if (folder === undefined) rmSync(place, { recursive: true, force: true })
    },
  }
}

/** Durable as in production: what it has confirmed must be there again. */
async function started(dataDir: string, link: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true })
  symlinkSync(postgres.connection.host, `${link}.new`)
  renameSync(`${link}.new`, link)
  return postgres
}

/** While it runs. */
function postmasterOf(dataDir: string): number | undefined {
  const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name))
  const postmaster = data === undefined ? undefined : readPostmaster(join(dataDir, data))
  return postmaster && isRunning(postmaster) ? postmaster.pid : undefined
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
