/**
 * Work that comes at any time, done as long as the server runs: looks every second for what is due, and again as soon as
 * something was done; a few at once, so that one that is slow keeps up no other.
 */
import type { Schedule } from './schedule.ts'

const SECOND = 1000
const AT_ONCE = 8

export type Work<Due> = {
  /** What is due now, and nobody else's from now on. */
  take(limit: number): Promise<readonly Due[]>
  /** @param signal the server stops: what is under way is given up */
  perform(due: Due, signal: AbortSignal): Promise<void>
}

export function workContinually<Due>(
  work: Work<Due>,
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
    for (const due of await work.take(atOnce - underWay.size)) {
      const one: Promise<void> = work
        .perform(due, stopping.signal)
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
