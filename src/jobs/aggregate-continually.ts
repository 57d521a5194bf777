/**
 * Counts usage as long as the server runs: what came in the last minute, in small batches with long rests between them. A minute
 * of 84,000 traces counted in one go takes a core for more than a second, and who asks meanwhile waits.
 */
import type { Database } from '../storage/database.ts'
import { aggregateUsage } from './aggregate-usage.ts'
import { everyHour, type Schedule } from './schedule.ts'

const MINUTE = 60 * 1000
/** Places of a chain: some 10 ms of work. */
const BATCH = 500
/** Rested after a batch, in times of what it took: work is a tenth of the time at most. */
const REST = 9

export function aggregateContinually(
  db: Database,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  const stopping = new AbortController()
  const { signal } = stopping
  const rest = (took: number): Promise<void> => resting(took * REST, signal)
  const rounds = everyHour(() => aggregateUsage(db, now(), { batch: BATCH, signal, rest }), onError, MINUTE)
  return {
    async stop() {
      // Between two batches: what is left is counted by whoever comes next.
      stopping.abort()
      await rounds.stop()
    },
  }
}

/** @param milliseconds or until it is aborted */
function resting(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((over) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      over()
    }
    const timer = setTimeout(end, signal.aborted ? 0 : milliseconds)
    signal.addEventListener('abort', end)
  })
}
