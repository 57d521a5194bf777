/** Where no channel is configured, what is owed does not wait for ever. The notices themselves stay in the record. */
import { forgetUnplanned, type Owed, readOwed } from '../storage/notices/notice-outbox.ts'
import type { NoticeEngine } from './deliver-notices.ts'
import { inBatches, type Pace } from './in-batches.ts'
import type { Schedule } from './schedule.ts'

/** How long what is owed waits for a channel. */
const KEPT_MS = 5 * 24 * 60 * 60 * 1000
const BATCH = 1000

export function forgetContinually(
  engine: NoticeEngine,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  return inBatches((pace) => forgetUndeliverable(engine, now(), pace), onError)
}

/** Goes through the outbox once, however long it is. @returns how many notices no longer wait for a channel */
export async function forgetUndeliverable(
  { db }: NoticeEngine,
  now: number,
  { signal, rest }: Partial<Pace> = {},
): Promise<number> {
  let all = 0
  let last: Owed | undefined
  do {
    const begun = performance.now()
    const owed = await readOwed(db, last, BATCH)
    last = owed.at(-1)
    if (last) all += await forgetUnplanned(db, owed, now - KEPT_MS)
    if (last) await rest?.(performance.now() - begun)
  } while (last && !signal?.aborted)
  return all
}
