/**
 * `dmp indicators rebuild`: counts usage anew from the traces that are there, beside a server that goes on serving. To be run
 * after a release that counts otherwise, or when somebody changed the tables. Months whose traces are removed (retention)
 * stay as they were counted.
 * @see docs/indicators.md
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { readRetention } from '../audit/retention-mark.ts'
import { isJsonObject, parseJson } from '../fhir/json.ts'
import { DELAY_HOURS } from '../indicators/delays.ts'
import { aggregateUsage } from '../jobs/aggregate-usage.ts'
import type { Database, Runner } from '../storage/database.ts'
import { rowsOfRetention } from '../storage/traces/audit-checkpoints.ts'
import { resetUsage } from '../storage/usage/usage-reset.ts'
import { findUncounted } from '../storage/usage/usage-traces.ts'
import { type Command, CommandError, command, exitCodes, type Io } from './command.ts'
import { asOwner } from './owner-work.ts'
import { type Progress, progressOnStderr } from './progress.ts'
import { indicatorsRebuildTable } from './tables/upkeep.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const indicators: Command = command(indicatorsRebuildTable, async ({ options: { json } }, io) =>
  asOwner(io, (db) => untilInterrupted((stop) => rebuild(db, io, json, stop.signal))),
)

/** How long the process that counts just now may take for its batch. */
const TURN_MS = 1_000

async function rebuild(db: Database, io: Io, json: boolean, stop: AbortSignal): Promise<number> {
  const progress = progressOnStderr()
  let traces = 0
  try {
    const since = await removedBefore(db)
    await db.transaction((transaction) => resetUsage(transaction, since, DELAY_HOURS))
    traces = await countAll(db, stop, progress)
  } finally {
    progress.end()
  }
  if (stop.aborted) {
    io.err('stopped: a running server goes on with it')
    return exitCodes.stopped
  }
  io.out(json ? JSON.stringify({ counted: true, traces }) : 'all traces are counted')
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
async function countAll(db: Database, signal: AbortSignal, progress: Progress): Promise<number> {
  let done = 0
  while (!signal.aborted) {
    done += await aggregateUsage(db, Date.now(), {
      signal,
      onProgress: (places) => progress.tell(`${done + places} traces gone over`),
    })
    if ((await findUncounted(db)).length === 0) break
    await sleep(TURN_MS)
  }
  return done
}
