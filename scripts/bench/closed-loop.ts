/**
 * A closed loop: so many workers, each begins its next piece of work when the one before has ended. Every piece is
 * timed; one that fails ends the run, for a figure with errors in it measures nothing.
 */
import { Durations, type Quantiles } from './durations.ts'

/** Whatever comes first ends it. However short the time, there is one piece: of none there is no figure. */
export type Load = {
  readonly workers: number
  readonly milliseconds?: number
  readonly pieces?: number
  /** Whether there is another piece. */
  readonly more?: () => boolean
}

export type LoadResult = Quantiles & {
  readonly pieces: number
  readonly seconds: number
  readonly perSecond: number
}

/** @param work gets the worker's number and the number of the piece */
export async function closedLoop(
  load: Load,
  work: (worker: number, piece: number) => Promise<void>,
): Promise<LoadResult> {
  const took = new Durations()
  const begin = performance.now()
  const until = begin + (load.milliseconds ?? Number.POSITIVE_INFINITY)
  const most = load.pieces ?? Number.POSITIVE_INFINITY
  const more = load.more ?? (() => true)
  let begun = 0
  const worker = async (number: number): Promise<void> => {
    for (let at = performance.now(); (at < until || begun === 0) && begun < most && more(); ) {
      await work(number, begun++)
      const end = performance.now()
      took.add(end - at)
      at = end
    }
  }
  await Promise.all(Array.from({ length: load.workers }, (_, number) => worker(number)))
  return loadResult(took, performance.now() - begin)
}

export function loadResult(took: Durations, milliseconds: number): LoadResult {
  const seconds = milliseconds / 1000
  return { pieces: took.count, seconds, perSecond: took.count / seconds, ...took.quantiles() }
}
