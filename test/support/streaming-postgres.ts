/**
 * PostgreSQL as an operator has it: a primary that keeps its log, copies of it made while it runs, replicas that follow by
 * streaming, and restores from an archive. The copy is made by the functions that pg_basebackup uses, which is not among the
 * programs of the embedded PostgreSQL. Each one ends with the test, as the embedded one does.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html
 */
import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { assetPath } from '../../src/asset-path.ts'
import { type Binaries, loadBinaries } from '../../src/embedded-postgres/binaries.ts'
import { bootstrap, OWNER } from '../../src/embedded-postgres/bootstrap.ts'
import { initialise, passwordOf, SUPERUSER } from '../../src/embedded-postgres/initialise.ts'
import { PORT, settingsFor } from '../../src/embedded-postgres/settings.ts'
import { makeSocketFolder } from '../../src/embedded-postgres/socket-folder.ts'
import { giveTo, type Identity, unprivileged } from '../../src/embedded-postgres/unprivileged.ts'
import type { WatchdogOrder } from '../../src/embedded-postgres/watchdog-order.ts'
import { fastestFolder, type PostgresAddress } from './test-postgres.ts'

export type StreamingPostgres = AsyncDisposable & {
  /** The owner's. */
  readonly address: PostgresAddress
  readonly dataPath: string
  /** As its superuser, in a database of it. */
  readonly ask: <Row extends pg.QueryResultRow>(text: string, database?: string) => Promise<Row[]>
  readonly stop: () => Promise<void>
}

/** Of one copy: the folders of data and archive, and who may read them. */
export type Workplace = Disposable & {
  readonly folder: string
  readonly archive: string
  readonly binaries: Binaries
  readonly identity: Identity
}

export async function workplace(): Promise<Workplace> {
  const binaries = await loadBinaries()
  const folder = mkdtempSync(join(fastestFolder(), 'dmp-streaming-'))
  const identity = unprivileged([dirname(binaries.postgres), folder])
  const archive = join(folder, 'archive')
  mkdirSync(archive)
  giveTo(identity, folder)
  return {
    folder,
    archive,
    binaries,
    identity,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** One that keeps its log, and archives it. */
export async function startPrimary(
  place: Workplace,
  settings: Readonly<Record<string, string>> = {},
): Promise<StreamingPostgres> {
  const dataPath = join(place.folder, 'primary')
  await initialise({ binaries: place.binaries, identity: place.identity, dataPath, durable: false })
  giveTo(place.identity, dataPath)
  const running = await run(place, dataPath, {
    archive_mode: 'on',
    archive_command: `cp "%p" "${place.archive}/%f.part" && mv "${place.archive}/%f.part" "${place.archive}/%f"`,
    ...settings,
  })
  await bootstrap(running.address)
  return running
}

/** A copy that was made meanwhile; it is started by `startReplica` or `restore`. */
export async function baseBackup(
  place: Workplace,
  primary: StreamingPostgres,
  name: string,
): Promise<string> {
  const copy = join(place.folder, name)
  const client = await connect(primary.address, 'postgres')
  try {
    await client.query('select pg_backup_start($1, fast => true)', [name])
    cpSync(primary.dataPath, copy, { recursive: true, filter: (path) => isCopied(path, primary.dataPath) })
    const { rows } = await client.query<{ labelfile: string }>('select s.labelfile from pg_backup_stop() s')
    writeFileSync(join(copy, 'backup_label'), rows[0]?.labelfile ?? '')
  } finally {
    await client.end()
  }
  for (const folder of ['pg_wal', 'pg_replslot']) mkdirSync(join(copy, folder), { recursive: true })
  return copy
}

/** Follows the primary for as long as both run. */
export async function startReplica(
  place: Workplace,
  primary: StreamingPostgres,
  dataPath: string,
): Promise<StreamingPostgres> {
  writeFileSync(join(dataPath, 'standby.signal'), '')
  const { host, password } = primary.address
  const conninfo = `host=${host} port=${PORT} user=${SUPERUSER} password=${password}`
  return started(place, dataPath, { primary_conninfo: conninfo, hot_standby_feedback: 'on' })
}

/** Plays the archive back, up to a point (`recovery_target_…`), and goes on from there as a database of its own. */
export async function restore(
  place: Workplace,
  dataPath: string,
  target: Readonly<Record<string, string>>,
): Promise<StreamingPostgres> {
  writeFileSync(join(dataPath, 'recovery.signal'), '')
  return started(place, dataPath, {
    restore_command: `cp "${place.archive}/%f" "%p"`,
    recovery_target_action: 'promote',
    ...target,
  })
}

async function started(
  place: Workplace,
  dataPath: string,
  settings: Readonly<Record<string, string>>,
): Promise<StreamingPostgres> {
  giveTo(place.identity, dataPath)
  return run(place, dataPath, settings)
}

/** As DATABASE_URL writes it. */
export function urlOf({ host, port, user, password }: PostgresAddress, database: string): string {
  return `postgres://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`
}

async function run(
  { binaries, identity }: Workplace,
  dataPath: string,
  settings: Readonly<Record<string, string>>,
): Promise<StreamingPostgres> {
  const socketFolder = makeSocketFolder()
  giveTo(identity, socketFolder)
  const all = {
    ...settingsFor({ durable: false, socketFolder }),
    wal_level: 'replica',
    max_wal_senders: '4',
    wal_keep_size: '256MB',
    shared_buffers: '32MB',
    // What is confirmed is in the log, as everywhere but in tests: a replica follows the log.
    synchronous_commit: 'on',
    ...settings,
  }
  const [program = binaries.postgres, ...args] = [
    ...identity.prefix,
    binaries.postgres,
    '-D',
    dataPath,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  const watchdog = startWatchdog({
    program,
    args,
    ids: identity.ids,
    logFile: `${dataPath}.log`,
    removeAtEnd: [socketFolder],
  })
  const ended = new Promise<void>((resolve) => watchdog.once('exit', () => resolve()))
  const stop = (): Promise<void> => {
    watchdog.ref()
    if (watchdog.connected) watchdog.disconnect()
    return ended
  }
  const address = {
    host: socketFolder,
    port: PORT,
    user: OWNER,
    password: passwordOf(dataPath),
    database: OWNER,
  }
  try {
    await untilItAnswers(address, watchdog)
  } catch (error) {
    await stop()
    throw new Error(readFileSync(`${dataPath}.log`, 'utf8'), { cause: error })
  }
  return {
    address,
    dataPath,
    stop,
    async ask(text, database = 'postgres') {
      const client = await connect(address, database)
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
    [Symbol.asyncDispose]: stop,
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
  watchdog.unref()
  watchdog.channel?.unref()
  return watchdog
}

async function untilItAnswers(address: PostgresAddress, watchdog: ChildProcess): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      await (await connect(address, 'postgres')).end()
      return
    } catch (error) {
      if (tried === 1_000 || watchdog.exitCode !== null) throw error
      await sleep(20)
    }
  }
}

async function connect({ host, port, password }: PostgresAddress, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host, port, password, user: SUPERUSER, database })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const left: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot'])

function isCopied(path: string, root: string): boolean {
  return dirname(path) !== root || !left.has(basename(path))
}
