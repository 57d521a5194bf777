/** PostgreSQL's log as far as the starter reads it: why a start failed, and its length. */
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { reasonOf } from './embedded-postgres-error.ts'

const LONGEST_LOG_BYTES = 5_000_000
const READ_BYTES = 64_000
const LONGEST_REASON = 500

/** One former log is kept, for the time after a crash. Returns where the new entries will begin. */
export function rotateLog(logFile: string): number {
  const size = sizeOf(logFile)
  if (size <= LONGEST_LOG_BYTES) return size
  renameSync(logFile, `${logFile}.1`)
  return 0
}

/** Why PostgreSQL ended, on one line. What stops it before it can log comes in lines without a level. */
export function reasonInLog(logFile: string, since: number): string | undefined {
  const text = readFrom(logFile, since)
  const fatal = / (?:FATAL|PANIC): +(.*)/.exec(text)?.[1]
  return fatal ?? (text === '' ? undefined : reasonOf(text).slice(-LONGEST_REASON))
}

function readFrom(logFile: string, since: number): string {
  if (sizeOf(logFile) === 0) return ''
  const handle = openSync(logFile, 'r')
  try {
    const bytes = Buffer.alloc(READ_BYTES)
    return bytes.toString('utf8', 0, readSync(handle, bytes, 0, READ_BYTES, since))
  } finally {
    closeSync(handle)
  }
}

function sizeOf(logFile: string): number {
  return statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
}
