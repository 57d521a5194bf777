/** Notifications of subscriptions, delivered as long as the server runs. */
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { receiverOf } from '../storage/subscriptions/subscription-leases.ts'
import { deliver, takeDue } from './deliver-notification.ts'
import type { Schedule } from './schedule.ts'
import { workContinually } from './work-continually.ts'

const AT_ONCE = 16
/** Of one receiver: hundreds of subscriptions may lead to one that has gone slow. */
const OF_ONE_RECEIVER = 4

export function deliverContinually(
  engine: DmpEngine,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  const left = new Map<string, number>()
  return workContinually(
    {
      async take(limit) {
        const due = await takeDue(engine, now(), { all: limit, ofOne: OF_ONE_RECEIVER, left })
        for (const { subscription } of due) {
          const receiver = receiverOf(subscription.endpoint)
          left.set(receiver, (left.get(receiver) ?? OF_ONE_RECEIVER) - 1)
        }
        return due
      },
      async perform(due, signal) {
        try {
          await deliver(engine, due, now, signal)
        } finally {
          const receiver = receiverOf(due.subscription.endpoint)
          const more = (left.get(receiver) ?? 0) + 1
          if (more < OF_ONE_RECEIVER) left.set(receiver, more)
          else left.delete(receiver)
        }
      },
    },
    onError,
    { atOnce: AT_ONCE },
  )
}
