/**
 * Counts usage from the traces that came since the last round. A batch is one transaction: its counts, its first readings and
 * the place up to which it counted, or none of them; whoever dies in between leaves its batch as it was. One process of
 * several is at work at a time. Requests pay nothing for it: what is counted are their traces.
 * @see docs/indicators.md
 */
import { countReadings, keyOf } from '../indicators/count-readings.ts'
import { countedInteractions, countTrace, documentsToKnow } from '../indicators/count-traces.ts'
import { firstDayOf } from '../indicators/month.ts'
import { type UsageCount, UsageCounts } from '../indicators/usage-counts.ts'
import type { Database, Transaction } from '../storage/database.ts'
import { takeTurn } from '../storage/notices/pending-documents.ts'
import {
  addCounts,
  moveCursor,
  readFirstReadings,
  writeCountedUntil,
  writeFirstReadings,
} from '../storage/usage/usage-counts.ts'
import { readUsageDocuments } from '../storage/usage/usage-documents.ts'
import {
  findUncounted,
  firstUncountedTime,
  readCursor,
  readUncounted,
  type Uncounted,
} from '../storage/usage/usage-traces.ts'

/** Places in a chain that one batch goes over. */
const BATCH = 5_000
/** A request that began then or later may not have left its trace yet. */
const UNDER_WAY_MS = 60 * 60 * 1000

type Options = {
  readonly batch?: number
  readonly signal?: AbortSignal
  /** Waited for after each batch. @param took milliseconds of the batch */
  readonly rest?: (took: number) => Promise<void>
  /** Told after each batch how many places of the chains were gone over in all. */
  readonly onProgress?: (places: number) => void
}

/** @param now milliseconds since 1970 @returns how many places this process went over; less than all while another is at work */
export async function aggregateUsage(db: Database, now: number, options: Options = {}): Promise<number> {
  const { batch = BATCH, signal, rest, onProgress } = options
  let places = 0
  for (const uncounted of await findUncounted(db)) {
    for (let { after } = uncounted; after < uncounted.until && !signal?.aborted; ) {
      const begun = performance.now()
      const reached = await db.transaction((transaction) =>
        countBatch(transaction, { ...uncounted, after }, batch),
      )
      if (reached === undefined) return places
      places += Math.max(0, reached - after)
      after = reached
      onProgress?.(places)
      await rest?.(performance.now() - begun)
    }
  }
  if (!signal?.aborted) await noteProgress(db, now)
  return places
}

/** @returns the place up to which is counted now; undefined when another process is at work */
async function countBatch(
  transaction: Transaction,
  { writer, until }: Uncounted,
  batch: number,
): Promise<number | undefined> {
  if (!(await takeTurn(transaction, 'usage'))) return undefined
  // Another process may have come further since the round began.
  const after = await readCursor(transaction, writer)
  if (after >= until) return after
  const reached = Math.min(until, after + batch)
  const traces = await readUncounted(transaction, { writer, after, until: reached }, countedInteractions)
  const documents = await readUsageDocuments(transaction, traces.flatMap(documentsToKnow))
  const byKey = new Map(documents.map((document) => [keyOf(document), document]))
  const counts = new UsageCounts()
  const readings = traces.flatMap((trace) => countTrace(trace, (key) => byKey.get(keyOf(key)), counts))
  const known = new Map(
    (await readFirstReadings(transaction, readings)).map((reading) => [keyOf(reading), reading.at]),
  )
  const first = countReadings(readings, (key) => known.get(keyOf(key)), counts)
  await writeFirstReadings(transaction, first)
  await addCounts(transaction, counts.all().map(stored))
  await moveCursor(transaction, writer, reached)
  return reached
}

function stored({ month, ...count }: UsageCount) {
  return { ...count, month: firstDayOf(month) }
}

/** Up to when all is counted: to the first trace that is not, or to what is surely no longer under way. */
async function noteProgress(db: Database, now: number): Promise<void> {
  await db.transaction(async (transaction) => {
    if (!(await takeTurn(transaction, 'usage'))) return
    const first = (await firstUncountedTime(transaction)) ?? Number.POSITIVE_INFINITY
    await writeCountedUntil(transaction, Math.min(first, now - UNDER_WAY_MS))
  })
}
