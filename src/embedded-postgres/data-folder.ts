/** Whether a data directory is ours to use now: its PostgreSQL version, and who else serves it. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { isRunning, type Postmaster, readPostmaster, removeStale } from './postmaster-file.ts'

const POLL_MS = 10
const LONGEST_STOP_OF_ANOTHER_MS = 30_000
const NOTICE_ABANDONED_MS = 2_000

/**
 * Another PostgreSQL on this data may be one that a killed server left behind and its watchdog is stopping: it is waited
 * for. One that goes on belongs to another server.
 */
export async function waitUntilFree(dataPath: string): Promise<void> {
  const begin = Date.now()
  for (;;) {
    const other = readPostmaster(dataPath)
    if (other === undefined) return
    if (!isRunning(other)) {
      removeStale(dataPath, other)
      return
    }
    const patience = other.status === 'stopping' ? LONGEST_STOP_OF_ANOTHER_MS : NOTICE_ABANDONED_MS
    if (Date.now() - begin > patience) throw inUse(dataPath, other)
    await sleep(POLL_MS)
  }
}

export function inUse(dataPath: string, other: Postmaster): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${dataPath} is in use by another server (its PostgreSQL is process ${other.pid}): stop that one, or set DATABASE_URL.`,
  )
}

/** An upgrade must not look like an empty database. */
export function refuseOtherMajor(root: string, major: string): void {
  const names = readdirSync(root).filter((name) => /^postgres-\d+$/.test(name))
  if (names.length === 0 || names.includes(`postgres-${major}`)) return
  throw new EmbeddedPostgresError(
    `${root} holds ${names.join(', ')}, but this version brings PostgreSQL ${major}: move the data over with ` +
      'pg_upgrade or a dump, see docs/operations.md.',
  )
}
