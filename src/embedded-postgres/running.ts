/** The address of an embedded PostgreSQL that another process of ours runs: for commands beside a running server. */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Connection, OWNER } from './bootstrap.ts'
import { passwordOf } from './initialise.ts'
import { isRunning, readPostmaster } from './postmaster-file.ts'
import { PORT } from './settings.ts'

/** `undefined` when none is running on this data: then start one. */
export function runningEmbeddedPostgres(dataDir: string): Connection | undefined {
  const root = resolve(dataDir)
  if (!existsSync(root)) return undefined
  for (const name of readdirSync(root).filter((entry) => /^postgres-\d+$/.test(entry))) {
    const dataPath = join(root, name)
    const postmaster = readPostmaster(dataPath)
    if (postmaster?.status !== 'ready' || !isRunning(postmaster)) continue
    const { socketFolder } = postmaster
    return { host: socketFolder, port: PORT, user: OWNER, password: passwordOf(dataPath), database: OWNER }
  }
  return undefined
}
