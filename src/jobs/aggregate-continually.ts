/** Counts usage as long as the server runs: what came in the last minute, so that no round is long. */
import type { Database } from '../storage/database.ts'
import { aggregateUsage } from './aggregate-usage.ts'
import { everyHour, type Schedule } from './schedule.ts'

const MINUTE = 60 * 1000

export function aggregateContinually(
  db: Database,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  const stopping = new AbortController()
  const rounds = everyHour(() => aggregateUsage(db, now(), { signal: stopping.signal }), onError, MINUTE)
  return {
    async stop() {
      // Between two batches: what is left is counted by whoever comes next.
      stopping.abort()
      await rounds.stop()
    },
  }
}
