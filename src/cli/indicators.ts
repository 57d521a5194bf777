/**
 * `dmp indicators rebuild`: counts usage anew from the traces that are there, beside a server that goes on serving. To be run
 * after a release that counts otherwise, or when somebody changed the tables. Months whose traces are removed (retention)
 * stay as they were counted.
 * @see docs/indicators.md
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readRetention } from '../audit/retention-mark.ts'
import { isJsonObject, parseJson } from '../fhir/json.ts'
import { DELAY_HOURS } from '../indicators/delays.ts'
import { aggregateUsage } from '../jobs/aggregate-usage.ts'
import { rowsOfRetention } from '../storage/audit-checkpoints.ts'
import type { Database, Runner } from '../storage/database.ts'
import { resetUsage } from '../storage/usage-reset.ts'
import { findUncounted } from '../storage/usage-traces.ts'
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { asOwner } from './owner-work.ts'
import { type Progress, progressOnStderr } from './progress.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const indicatorsUsage = `usage: dmp indicators rebuild

Counts usage (docs/indicators.md) anew from the traces that are there. The server may run meanwhile: until all is
counted it answers that the reports are pending. Stopped, it is gone on with by the server, or by the same command.

The settings are those of the server: DATABASE_URL or DMP_DATA_DIR.`

export const indicators: Command = async (args, io) => {
  const { values, positionals } = readOptions(args)
  if (values.help || positionals.length === 0) {
    io.out(indicatorsUsage)
    return values.help ? exitCodes.ok : exitCodes.usage
  }
  if (positionals.join(' ') !== 'rebuild')
    throw new CommandError(exitCodes.usage, `dmp indicators ${positionals[0]}: the one word is rebuild`)
  return asOwner(io, (db) => untilInterrupted((stop) => rebuild(db, io, stop.signal)))
}

/** How long the process that counts just now may take for its batch. */
const TURN_MS = 1_000

async function rebuild(db: Database, io: CommandIo, stop: AbortSignal): Promise<number> {
  const progress = progressOnStderr()
  try {
    const since = await removedBefore(db)
    await db.transaction((transaction) => resetUsage(transaction, since, DELAY_HOURS))
    await countAll(db, stop, progress)
  } finally {
    progress.end()
  }
  if (stop.aborted) {
    io.err('stopped: a running server goes on with it')
    return exitCodes.stopped
  }
  io.out('all traces are counted')
  return exitCodes.ok
}

/**
 * Before which month every trace is removed; -Infinity where none was. That the mark is signed is for `dmp audit verify` to
 * check: who could write a false one here could as well change the counts.
 */
async function removedBefore(db: Runner): Promise<number> {
  const [mark] = await rowsOfRetention(db)
  if (!mark) return Number.NEGATIVE_INFINITY
  const payload = parseJson(Buffer.from(mark.jws.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const before = isJsonObject(payload) ? Date.parse(readRetention(payload)?.before ?? '') : Number.NaN
  if (!Number.isFinite(before))
    throw new CommandError(exitCodes.refused, 'the last retention mark cannot be read: see dmp audit verify')
  return before
}

/** By this process, or by a server that has its turn. */
async function countAll(db: Database, signal: AbortSignal, progress: Progress): Promise<void> {
  let done = 0
  while (!signal.aborted) {
    done += await aggregateUsage(db, Date.now(), {
      signal,
      onProgress: (places) => progress.tell(`${done + places} traces gone over`),
    })
    if ((await findUncounted(db)).length === 0) return
    await sleep(TURN_MS)
  }
}

function readOptions(args: readonly string[]) {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp indicators --help)`, {
      cause,
    })
  }
}
