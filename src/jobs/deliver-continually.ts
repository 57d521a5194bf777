/**
 * Tells subscribers as long as the server runs: looks every second for what is due, and again as soon as something was
 * told; a few at once, so that a slow receiver keeps up its own subscription and no other's.
 */
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { deliver, takeDue } from './deliver-notification.ts'
import type { Schedule } from './schedule.ts'

const SECOND = 1000
const AT_ONCE = 8

export function deliverContinually(
  engine: DmpEngine,
  now: () => number,
  onError: (error: unknown) => void,
  { interval = SECOND, atOnce = AT_ONCE } = {},
): Schedule {
  const stopping = new AbortController()
  const underWay = new Set<Promise<void>>()
  let looking: Promise<void> | undefined

  const look = (): void => {
    if (stopping.signal.aborted || underWay.size >= atOnce) return
    looking ??= start()
      .catch(onError)
      .finally(() => {
        looking = undefined
      })
  }
  const start = async (): Promise<void> => {
    for (const due of await takeDue(engine, now(), atOnce - underWay.size)) {
      const one: Promise<void> = deliver(engine, due, now, stopping.signal)
        .then(undefined, onError)
        .finally(() => {
          underWay.delete(one)
          look()
        })
      underWay.add(one)
    }
  }
  const timer = setInterval(look, interval)
  timer.unref()
  look()
  return {
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await looking
      await Promise.all(underWay)
    },
  }
}
