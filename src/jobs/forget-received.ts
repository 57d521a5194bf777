/** Events that were received are kept for $events for thirty days; then they are told by the traces alone. */
import type { Database } from '../storage/database.ts'
import { forgetReceived } from '../storage/subscriptions/subscription-outbox.ts'

const KEPT = 30 * 24 * 60 * 60 * 1000
const BATCH = 1000

/** @param now milliseconds since 1970 @returns how many went */
export async function forgetReceivedEvents(db: Database, now: number): Promise<number> {
  let all = 0
  for (;;) {
    const gone = await forgetReceived(db, now - KEPT, BATCH)
    all += gone
    if (gone < BATCH) return all
  }
}
