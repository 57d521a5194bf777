/** Notifications of subscriptions, delivered as long as the server runs. */
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { deliver, takeDue } from './deliver-notification.ts'
import type { Schedule } from './schedule.ts'
import { workContinually } from './work-continually.ts'

export function deliverContinually(
  engine: DmpEngine,
  now: () => number,
  onError: (error: unknown) => void,
): Schedule {
  return workContinually(
    {
      take: (limit) => takeDue(engine, now(), limit),
      perform: (due, signal) => deliver(engine, due, now, signal),
    },
    onError,
  )
}
