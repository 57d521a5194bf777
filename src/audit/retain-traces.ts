/**
 * Removes traces whose time has come: whole months, and says so in a signed mark in the same transaction, so that what is
 * left can still be verified and nothing else be taken away under the same name.
 * @see docs/audit.md "Retention", docs/operations.md "Retention of traces"
 *
 * NOT kept: what a removed trace said. The checkpoints that it was under stay.
 */
import type { Sealer } from '../seal/sealer.ts'
import type { DedicatedConnection } from '../storage/connection/dedicated-connection.ts'
import { sql } from '../storage/sql.ts'
import { copyRows, readCheckpoints, rowsOfRetention } from '../storage/traces/audit-checkpoints.ts'
import {
  type DoomedWriter,
  doomedWriters,
  dropTraces,
  type Interval,
  insertRetention,
  intervalsUpTo,
  keptSeqs,
  lockRetention,
  partitionsBelow,
} from '../storage/traces/audit-retention.ts'
import { SEQ_AT } from '../storage/traces/canonical-trace.ts'
import { firstIdOf } from '../storage/traces/trace-columns.ts'
import { type CheckSeal, openSigned, readCheckpoint } from './checkpoint.ts'
import {
  digestOfKept,
  type PartlyRetained,
  type RetainedWriter,
  type RetentionMark,
  readRetention,
  signRetention,
} from './retention-mark.ts'

/** Traces cannot be removed as they are: a person must look. */
export class RetentionError extends Error {
  override readonly name = 'RetentionError'
}

export type Retention = {
  /** First of a month, UTC: everything of before goes. */
  readonly before: Date
  readonly now: Date
  readonly sealer: Sealer
  readonly check: CheckSeal
  /** Counts and changes nothing. */
  readonly dryRun?: boolean
}

export type Removed = {
  readonly tables: readonly string[]
  readonly traces: number
  readonly mark: number | undefined
}

/** The first of the month so many months before this one. */
export function retainedSince(now: Date, months: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months))
}

/** @param owner a connection of the owner of the schema @throws RetentionError */
export async function retainTraces(owner: DedicatedConnection, retention: Retention): Promise<Removed> {
  await owner.run(sql`begin`)
  try {
    await lockRetention(owner)
    const removed = await remove(owner, retention)
    await owner.run(retention.dryRun ? sql`rollback` : sql`commit`)
    return removed
  } catch (error) {
    // When the rollback fails too the connection is gone, and PostgreSQL rolls back by itself.
    await owner.run(sql`rollback`).catch(() => undefined)
    throw error
  }
}

async function remove(
  owner: DedicatedConnection,
  { before, now, sealer, check, dryRun = false }: Retention,
): Promise<Removed> {
  const limit = firstIdOf(before.getTime())
  const tables = await partitionsBelow(owner, limit)
  const doomed = await doomedWriters(owner, tables, limit)
  const traces = doomed.reduce((sum, { count }) => sum + count, 0)
  if (dryRun || (tables.length === 0 && traces === 0)) return { tables, traces, mark: undefined }
  const former = await formerMark(owner, check)
  if (former && Date.parse(former.before) > before.getTime())
    throw new RetentionError(
      `Traces of before ${former.before} were removed already: the retention has become longer`,
    )
  const mark: RetentionMark = {
    number: (former?.number ?? 0) + 1,
    before: before.toISOString(),
    at: now.toISOString(),
    removed: traces,
    writers: await retainedWriters(owner, doomed, former?.writers ?? [], limit, check),
  }
  await insertRetention(owner, {
    number: mark.number,
    recorded: now.getTime(),
    jws: signRetention(sealer, mark),
  })
  await dropTraces(owner, tables, limit)
  return { tables, traces, mark: mark.number }
}

async function formerMark(owner: DedicatedConnection, check: CheckSeal): Promise<RetentionMark | undefined> {
  const [row] = await rowsOfRetention(owner)
  if (!row) return undefined
  const opened = openSigned(row.jws, check)
  const mark = opened?.genuineness === 'genuine' ? readRetention(opened.payload) : undefined
  if (!mark || mark.number !== row.number)
    throw new RetentionError(
      `The mark ${row.number} of the retention before this one is not signed by this server`,
    )
  return mark
}

/** Those of before, and those who lose traces now. */
async function retainedWriters(
  owner: DedicatedConnection,
  doomed: readonly DoomedWriter[],
  former: readonly RetainedWriter[],
  limit: ReturnType<typeof firstIdOf>,
  check: CheckSeal,
): Promise<RetainedWriter[]> {
  const writers = new Map(former.map((each) => [each.writer, each]))
  for (const { writer, last } of doomed) {
    const intervals = await intervalsUpTo(owner, writer, last)
    const end = intervals.at(-1)
    if (!end || end.until < last)
      throw new RetentionError(
        `Traces of writer ${writer} are under no checkpoint yet: a server that runs makes one`,
      )
    const kept = await keptSeqs(owner, writer, end.until, limit)
    const { wholly, partly } = await retainedOf(owner, writer, intervals, kept, check)
    const beyond = writers.get(writer)?.partly.filter(({ number }) => number > end.number) ?? []
    writers.set(writer, { writer, wholly, partly: [...partly, ...beyond] })
  }
  return [...writers.values()].sort((a, b) => a.writer - b.writer)
}

/** @param kept places under these checkpoints whose traces stay, in order */
async function retainedOf(
  owner: DedicatedConnection,
  writer: number,
  intervals: readonly Interval[],
  kept: readonly number[],
  check: CheckSeal,
): Promise<Omit<RetainedWriter, 'writer'>> {
  const [firstKept = Number.POSITIVE_INFINITY] = kept
  let wholly = 0
  const partly: PartlyRetained[] = []
  let next = 0
  for (const { number, above, until } of intervals) {
    if (until < firstKept) {
      wholly = number
      continue
    }
    const begin = next
    while ((kept[next] ?? Number.POSITIVE_INFINITY) <= until) next++
    if (next - begin === (await signedCount(owner, writer, number, check))) continue
    partly.push({
      number,
      count: next - begin,
      digest: await digestOf(owner, writer, above, kept.slice(begin, next)),
    })
  }
  return { wholly, partly }
}

/** Of the rows with these places, read before the others are gone. */
async function digestOf(
  owner: DedicatedConnection,
  writer: number,
  above: number,
  kept: readonly number[],
): Promise<Buffer> {
  const wanted = new Set(kept)
  const tuples: Buffer[] = []
  const upTo = kept.at(-1) ?? above
  await copyRows(owner, { writer, above, upTo }, (tuple) => {
    if (wanted.has(tuple.readInt32BE(SEQ_AT))) tuples.push(Buffer.from(tuple))
  })
  return digestOfKept(tuples)
}

/** How many traces were there when the checkpoint was made. */
async function signedCount(
  owner: DedicatedConnection,
  writer: number,
  number: number,
  check: CheckSeal,
): Promise<number> {
  const [row] = await readCheckpoints(owner, writer, number - 1, 1)
  const opened = row && openSigned(row.jws, check)
  const checkpoint = opened?.genuineness === 'genuine' ? readCheckpoint(opened.payload) : undefined
  if (!checkpoint || checkpoint.number !== number)
    throw new RetentionError(`The checkpoint ${number} of writer ${writer} is not signed by this server`)
  return checkpoint.count
}
