/**
 * `postmaster.pid`, PostgreSQL's note about the process that serves a data directory.
 * @see https://www.postgresql.org/docs/18/storage-file-layout.html — lines: pid, data directory, start time, port,
 * socket folder, address, shared memory, status.
 *
 * NOT checked: a server in another container on the same volume (its process ids mean nothing here).
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export type Postmaster = {
  readonly pid: number
  readonly directory: string
  readonly socketFolder: string
  readonly status: string
}

export function readPostmaster(dataPath: string): Postmaster | undefined {
  const text = textOf(fileOf(dataPath))
  if (text === undefined) return undefined
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, directory: lines[1] ?? '', socketFolder: lines[4] ?? '', status: lines[7] ?? '' }
}

/** After a crash the number may have passed on to any other program, so the command line is looked at too. */
export function isRunning({ pid, directory }: Postmaster): boolean {
  if (!isTaken(pid)) return false
  const command = commandOf(pid)
  return command === undefined || command.includes(directory)
}

/**
 * PostgreSQL itself takes over a note whose process is gone, safely even when two start at once, and refuses while children
 * of that process still write. It can't when the number belongs to another program now; only then the note is removed here.
 */
export function removeStale(dataPath: string, stale: Postmaster): void {
  if (isTaken(stale.pid) && readPostmaster(dataPath)?.pid === stale.pid)
    rmSync(fileOf(dataPath), { force: true })
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  return true
}

function commandOf(pid: number): string | undefined {
  if (process.platform === 'linux') return textOf(`/proc/${pid}/cmdline`)
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout : undefined
}

function fileOf(dataPath: string): string {
  return join(dataPath, 'postmaster.pid')
}

/** `undefined` for a file that is not there or not for us to read. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ESRCH') return undefined
    throw error
  }
}
