/**
 * A disk of a few hundred megabytes in memory, below PostgreSQL's data or below its write-ahead log alone, that can be filled
 * to the last byte. It takes root's rights to mount one.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { KillablePostgres } from '../../test/support/killable-postgres.ts'
import { Unavailable } from './unavailable.ts'

export type SmallDisk = {
  fill(): void
  free(): void
  /** Moves PostgreSQL's write-ahead log here. */
  takeLogOf(postgres: KillablePostgres): Promise<void>
  unmount(): void
}

const MEGABYTES = 600
const PIECE = Buffer.alloc(1 << 20, 1)
const SMALLEST = 4096

/** @throws Unavailable */
export function smallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true })
  const { status, error, stderr } = spawnSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=711`, 'tmpfs', folder],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0)
    throw new Unavailable(
      `a small disk cannot be mounted here, which takes root: ${error?.message ?? stderr.trim()}`,
    )
  // Lazily: a process that still looks at it must not keep it.
  const unmount = (): void => void spawnSync('umount', ['-l', folder])
  process.once('exit', unmount)
  const ballast = join(folder, 'ballast')
  return {
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (let size = PIECE.length; size >= SMALLEST; ) if (!written(file, size)) size /= 2
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast, { force: true }),
    async takeLogOf(postgres) {
      await postgres.stop()
      const dataDir = join(postgres.folder, 'data')
      const data = readdirSync(dataDir).find((name) => /^postgres-\d+$/.test(name)) ?? ''
      const log = join(dataDir, data, 'pg_wal')
      const here = join(folder, 'pg_wal')
      cpSync(log, here, { recursive: true, preserveTimestamps: true })
      rmSync(log, { recursive: true })
      symlinkSync(here, log)
      await postgres.start()
    },
    unmount() {
      process.off('exit', unmount)
      unmount()
    },
  }
}

/** @returns whether there was room for so many bytes */
function written(file: number, size: number): boolean {
  try {
    return writeSync(file, PIECE, 0, size) === size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
