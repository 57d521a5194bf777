/**
 * Where a chaos run takes place: the server as operators run it, two workers, on a durable PostgreSQL of its own; and, for the
 * faults that need it, a small disk below the database, an object store, a clock that can jump.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KillablePostgres, killablePostgres } from '../../test/support/killable-postgres.ts'
import { type S3Store, s3Store } from '../../test/support/s3-store.ts'
import { type ServerProcess, serverProcess } from '../../test/support/server-process.ts'
import { type JumpingClock, jumpingClock } from './jumping-clock.ts'
import { type SmallDisk, smallDisk } from './small-disk.ts'

/** What a fault needs of the place besides a server and its database. */
export type Setting = 'plain' | 'small disk' | 'small log disk' | 'object store' | 'jumping clock'

export type Place = AsyncDisposable & {
  readonly postgres: KillablePostgres
  readonly server: ServerProcess
  /** With which a command of `dmp` works on the same database. */
  readonly environment: Readonly<Record<string, string>>
  /** With which another server works beside the one that is there. */
  readonly serverEnvironment: Readonly<Record<string, string>>
  readonly disk: SmallDisk | undefined
  readonly store: S3Store | undefined
  readonly clock: JumpingClock | undefined
  /** What the server has written, newest last. */
  readonly log: () => string
}

export const WORKERS = 2
/** Shorter than in production, so that what waits for its end does not wait for a minute. */
export const STATEMENT_TIMEOUT_MS = 5_000
const MASTER_KEY = 'a master key of a chaos run, long enough'
const LOG_LENGTH = 200_000

/** @param main of another release than this one @throws Unavailable */
export async function openPlace(setting: Setting, main?: string): Promise<Place> {
  const closing: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    const clock = setting === 'jumping clock' ? jumpingClock() : undefined
    if (clock) closing.push(() => clock.remove())
    const store = setting === 'object store' ? await s3Store() : undefined
    if (store) closing.push(() => store[Symbol.asyncDispose]())
    const folder = mkdtempSync(join(tmpdir(), 'dmp-chaos-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'data'))
    mkdirSync(join(folder, 'server'), { mode: 0o700 })
    const isSmall = setting === 'small disk' || setting === 'small log disk'
    const disk = isSmall
      ? smallDisk(setting === 'small disk' ? join(folder, 'data') : join(folder, 'log'))
      : undefined
    if (disk) closing.push(() => disk.unmount())
    const postgres = await killablePostgres(folder)
    closing.push(() => postgres[Symbol.asyncDispose]())
    if (setting === 'small log disk') await disk?.takeLogOf(postgres)
    let log = ''
    const environment = { DMP_MASTER_KEY: MASTER_KEY, ...store?.environment }
    const serverEnvironment = {
      ...environment,
      ...clock?.environment,
      DMP_DATA_DIR: join(folder, 'server'),
      DMP_WORKERS: String(WORKERS),
      DMP_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
      LOG_LEVEL: 'error',
    }
    const server = await serverProcess(
      { owner: postgres.address },
      serverEnvironment,
      (text) => {
        log = `${log}${text}`.slice(-LOG_LENGTH)
      },
      main,
    )
    closing.push(() => server[Symbol.asyncDispose]())
    await server.start()
    const { host, port, user, password, database } = postgres.address
    const DATABASE_URL = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
    return {
      postgres,
      server,
      environment: { ...environment, DATABASE_URL },
      serverEnvironment,
      disk,
      store,
      clock,
      log: () => log,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
