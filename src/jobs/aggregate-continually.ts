/**
 * Counts usage as long as the server runs: what came in the last minute, in small batches with long rests between them. A minute
 * of 84,000 traces counted in one go takes a core for more than a second, and who asks meanwhile waits.
 */
import type { Database } from '../storage/database.ts'
import { aggregateUsage } from './aggregate-usage.ts'
import { inBatches } from './in-batches.ts'
import type { Schedule } from './schedule.ts'

const MINUTE = 60 * 1000
/** Places of a chain: some 10 ms of work. */
const BATCH = 500

export function aggregateContinually(
  db: Database,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  return inBatches((pace) => aggregateUsage(db, now(), { batch: BATCH, ...pace }), onError, MINUTE)
}
