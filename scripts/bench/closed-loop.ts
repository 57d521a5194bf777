/**
 * A closed loop: so many workers, each begins its next piece of work when the one before has ended. Every piece is
 * timed; one that fails ends the run, for a figure with errors in it measures nothing.
 */

/** Whatever comes first ends it. */
export type Load = {
  readonly workers: number
  readonly milliseconds?: number
  readonly pieces?: number
  /** Whether there is another piece. */
  readonly more?: () => boolean
}

export type LoadResult = {
  readonly pieces: number
  readonly seconds: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** @param work gets the worker's number and the number of the piece */
export async function closedLoop(
  load: Load,
  work: (worker: number, piece: number) => Promise<void>,
): Promise<LoadResult> {
  const took: number[] = []
  const begin = performance.now()
  const until = begin + (load.milliseconds ?? Number.POSITIVE_INFINITY)
  const most = load.pieces ?? Number.POSITIVE_INFINITY
  const more = load.more ?? (() => true)
  let begun = 0
  const worker = async (number: number): Promise<void> => {
    for (let at = performance.now(); at < until && begun < most && more(); ) {
      await work(number, begun++)
      const end = performance.now()
      took.push(end - at)
      at = end
    }
  }
  await Promise.all(Array.from({ length: load.workers }, (_, number) => worker(number)))
  const seconds = (performance.now() - begin) / 1000
  took.sort((a, b) => a - b)
  return {
    pieces: took.length,
    seconds,
    perSecond: took.length / seconds,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
  }
}

/** Of sorted numbers. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
