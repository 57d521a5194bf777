/**
 * One push at a time for one journal: a file beside it names who holds it. One left by a process that was killed is
 * taken over. On a file system that two machines share, the other machine's lock is never taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { CommandError, exitCodes } from '../command.ts'

/** @returns what releases it. @throws CommandError when another push holds it */
export function lockJournal(journal: string): () => void {
  const path = `${journal}.lock`
  const mine = `${process.pid} ${hostname()}\n`
  const written = `${path}.${process.pid}`
  writeFileSync(written, mine, { mode: 0o600 })
  try {
    for (let tried = 0; tried < 3; tried++) {
      if (claimed(written, path)) return () => rmSync(path, { force: true })
      const holder = holderOf(path)
      if (holder !== undefined && isAlive(holder)) throw held(path, holder)
      if (holder !== undefined) takeAway(path, holder)
    }
    throw held(path, 'unknown')
  } finally {
    rmSync(written, { force: true })
  }
}

/** A link is there at once and whole, or not at all. */
function claimed(written: string, path: string): boolean {
  try {
    linkSync(written, path)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isAlive(holder: string): boolean {
  const [pid = '', host] = holder.trim().split(' ')
  if (host !== hostname()) return true
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return !isCode(error, 'ESRCH')
  }
}

/** Two that find the same dead lock: what the second moves away is no longer the dead one, and is put back. */
function takeAway(path: string, dead: string): void {
  const aside = `${path}.${process.pid}.dead`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== dead) linkSync(aside, path)
  rmSync(aside)
}

function held(path: string, holder: string): CommandError {
  return new CommandError(
    exitCodes.stopped,
    `another push (process ${holder.trim().split(' ')[0]}) uses this journal. If it does not run any more, delete ${path}`,
  )
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
