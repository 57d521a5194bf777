/**
 * A job of many small batches with long rests between them: whoever asks meanwhile does not notice, and a server that stops
 * waits for one batch.
 */
import { everyHour, type Schedule } from './schedule.ts'

export type Pace = {
  /** Aborted: what is left is done by whoever comes next. */
  readonly signal: AbortSignal
  /** Waited for after each batch. @param took milliseconds of the batch */
  readonly rest: (took: number) => Promise<void>
}

/** Rested after a batch, in times of what it took: work is a tenth of the time at most. */
const REST = 9

/** @param interval milliseconds from the beginning of a round to that of the next; an hour, unless said */
export function inBatches(
  work: (pace: Pace) => Promise<unknown>,
  onError: (error: unknown) => void,
  interval?: number,
): Schedule {
  const stopping = new AbortController()
  const { signal } = stopping
  const rest = (took: number): Promise<void> => resting(took * REST, signal)
  const rounds = everyHour(() => work({ signal, rest }), onError, interval)
  return {
    async stop() {
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
