/**
 * The server that is measured: `dist/main.js` as `npm start` runs it, in a process of its own, with an embedded durable
 * PostgreSQL on new data that lie on the disk of the checkout (a temp directory may be memory, where fsync is free).
 *
 * It is started twice: the first process gives the tokens and takes in the data, the second is measured. The sandbox
 * issuer's first answer switches Node 20's promise hooks on (AsyncLocalStorage) and slows the process for good; in
 * production that issuer is not there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { runningEmbeddedPostgres } from '../../src/embedded-postgres/running.ts'
import { serverFlags } from './server-flags.ts'

export type ServerProcess = {
  readonly port: number
  readonly pid: number
  readonly postmasterPid: number
  readonly connection: Connection
  stop(): Promise<void>
}

const LONGEST_START_MS = 60_000
const POLL_MS = 10

export type Place = { readonly port: number; readonly dataDir: string }

export type ServerOptions = {
  readonly profile: 'dmp' | 'fhir'
  /** Folder for a CPU profile, written when the server ends. */
  readonly cpuProfile?: string | undefined
  readonly environment?: Readonly<Record<string, string>>
}

export async function makePlace(): Promise<Place> {
  mkdirSync(join(packageRoot(), '.build'), { recursive: true })
  const dataDir = mkdtempSync(join(packageRoot(), '.build', 'bench-data-'))
  chmodSync(dataDir, 0o711)
  return { port: await freePort(), dataDir }
}

export function removePlace({ dataDir }: Place): void {
  rmSync(dataDir, { recursive: true, force: true })
}

/** A server for this piece of work, stopped after it. */
export async function withServer<T>(
  place: Place,
  options: ServerOptions,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await startServer(place, options)
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

export async function startServer(
  { port, dataDir }: Place,
  { profile, cpuProfile, environment }: ServerOptions,
): Promise<ServerProcess> {
  const args = cpuProfile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', cpuProfile]
  const child = spawn(process.execPath, [...serverFlags(), ...args, assetPath('main.js')], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DMP_PROFILE: profile,
      DMP_DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = (): Promise<void> => end(child)
  try {
    await untilReady(child, port)
    const connection = runningEmbeddedPostgres(dataDir)
    const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name))
    const postmaster = data === undefined ? undefined : readPostmaster(join(dataDir, data))
    if (!connection || !postmaster || child.pid === undefined) throw new Error('No PostgreSQL was found')
    return { port, pid: child.pid, postmasterPid: postmaster.pid, connection, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + LONGEST_START_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('The server ended at once')
    // Refused connections are what a server that still starts looks like; the deadline bounds them.
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (ready?.ok) return
    await sleep(POLL_MS)
  }
  throw new Error('The server was not ready in time')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
