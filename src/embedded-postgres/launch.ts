/**
 * A PostgreSQL of our own, for a first start without any set-up and for the tests: real PostgreSQL, a Unix socket and no
 * TCP port, owned by a watchdog process that stops it when this process ends in whatever way.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assetPath } from '../asset-path.ts'
import { type Binaries, loadBinaries } from './binaries.ts'
import { bootstrap, type Connection } from './bootstrap.ts'
import { inUse, refuseOtherMajor, waitUntilFree } from './data-folder.ts'
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres-error.ts'
import { initialise, passwordOf } from './initialise.ts'
import { reasonInLog, rotateLog } from './log-file.ts'
import { isRunning, readPostmaster } from './postmaster-file.ts'
import { PORT, settingsFor } from './settings.ts'
import { makeSocketFolder } from './socket-folder.ts'
import { giveTo, type Identity, unprivileged } from './unprivileged.ts'
import type { WatchdogOrder } from './watchdog-order.ts'

export type EmbeddedPostgresOptions = {
  /** The folder for data and log, `.data`: the database lies below it in `postgres-<major>`. */
  readonly dataDir: string
  /** `false` for tests: fast, and `dataDir` is removed at the end. */
  readonly durable: boolean
}

export type EmbeddedPostgres = {
  readonly connection: Connection
  /** Resolves when PostgreSQL has ended; open transactions are rolled back. */
  stop(): Promise<void>
}

const POLL_MS = 10
const LONGEST_START_MS = 10 * 60_000

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options)
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(`The embedded PostgreSQL did not start: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

async function start({ dataDir, durable }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const root = resolve(dataDir)
  const binaries = await loadBinaries()
  const dataPath = join(root, `postgres-${binaries.major}`)
  // Others may pass through, to the data directory of an unprivileged user, but not look around.
  mkdirSync(root, { recursive: true, mode: 0o711 })
  refuseOtherMajor(root, binaries.major)
  const identity = unprivileged([dirname(binaries.postgres), root])
  await initialise({ binaries, identity, dataPath, durable })
  await waitUntilFree(dataPath)
  giveTo(identity, dataPath)
  return launch({ root, dataPath, durable, binaries, identity })
}

type Launch = {
  readonly root: string
  readonly dataPath: string
  readonly durable: boolean
  readonly binaries: Binaries
  readonly identity: Identity
}

async function launch({ root, dataPath, durable, binaries, identity }: Launch): Promise<EmbeddedPostgres> {
  const socketFolder = makeSocketFolder()
  giveTo(identity, socketFolder)
  const settings = Object.entries(settingsFor({ durable, socketFolder }))
  const [program = binaries.postgres, ...args] = [
    ...identity.prefix,
    binaries.postgres,
    '-D',
    dataPath,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const logFile = `${dataPath}.log`
  const logStart = rotateLog(logFile)
  const watchdog = startWatchdog({
    program,
    args,
    ids: identity.ids,
    logFile,
    removeAtEnd: durable ? [socketFolder] : [socketFolder, root],
  })
  const stop = stopper(watchdog)
  try {
    await untilReady(watchdog, dataPath, socketFolder)
    return {
      connection: await bootstrap({ host: socketFolder, port: PORT, password: passwordOf(dataPath) }),
      stop,
    }
  } catch (error) {
    await stop()
    const other = readPostmaster(dataPath)
    if (other !== undefined && other.socketFolder !== socketFolder && isRunning(other))
      throw inUse(dataPath, other)
    const reason = reasonInLog(logFile, logStart) ?? reasonOf(error)
    throw new EmbeddedPostgresError(`The embedded PostgreSQL did not start (${logFile}): ${reason}`, {
      cause: error,
    })
  }
}

function startWatchdog(order: WatchdogOrder): ChildProcess {
  const watchdog = fork(assetPath('watchdog.js'), [JSON.stringify(order)], {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // The database keeps no process alive; its end is what the watchdog waits for.
  watchdog.unref()
  watchdog.channel?.unref()
  return watchdog
}

function stopper(watchdog: ChildProcess): () => Promise<void> {
  const ended = new Promise<void>((resolve) => {
    watchdog.once('exit', () => resolve())
    watchdog.once('error', () => resolve())
  })
  return () => {
    watchdog.ref()
    if (watchdog.connected) watchdog.disconnect()
    return ended
  }
}

async function untilReady(watchdog: ChildProcess, dataPath: string, socketFolder: string): Promise<void> {
  const deadline = Date.now() + LONGEST_START_MS
  while (Date.now() < deadline) {
    const postmaster = readPostmaster(dataPath)
    if (postmaster?.socketFolder === socketFolder && postmaster.status === 'ready') return
    if (watchdog.exitCode !== null || watchdog.signalCode !== null)
      throw new Error('PostgreSQL ended at once')
    await sleep(POLL_MS)
  }
  throw new Error(`PostgreSQL was not ready after ${LONGEST_START_MS / 60_000} minutes`)
}
