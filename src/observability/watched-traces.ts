/**
 * The writer of traces, watched: how many go to the disk together and how long that takes, how long each request waits for
 * its own, and since when none can be written. What is watched is what goes through it: a trace that is written in the
 * transaction of a deposit is part of that.
 */
import { TraceWriter } from '../audit/trace-writer.ts'
import type { Database } from '../storage/database.ts'
import type { TraceRow } from '../storage/traces/insert-traces.ts'
import type { Spans } from './spans.ts'

export type TraceWatcher = {
  /** A group was on its way to the disk for so long. @param traces undefined: one or two, or those that owe notices */
  readonly group: (milliseconds: number, traces: number | undefined) => void
  readonly failed: () => void
}

/** Whether traces can be written, as far as the last attempts tell. */
export type TraceHealth = {
  /**
   * Several attempts have failed and none has succeeded since. Once nobody has tried for a while it is worth trying again:
   * a server that is asked for nothing would never find out.
   */
  isFailing(): boolean
}

/** One request in trouble is none of it. */
const FAILING_FROM_MS = 2_000
const TRY_AGAIN_MS = 30_000

export class WatchedTraces extends TraceWriter implements TraceHealth {
  readonly #spans: Spans | undefined
  readonly #watcher: TraceWatcher | undefined
  #failingSince: number | undefined
  #failedLast = 0

  constructor(
    apart: Database['apart'],
    { spans, watcher }: { spans?: Spans | undefined; watcher?: TraceWatcher | undefined },
  ) {
    super(watcher ? watchedApart(apart, watcher) : apart)
    this.#spans = spans
    this.#watcher = watcher
  }

  override write(row: TraceRow): Promise<void> {
    const written = this.#spans ? this.#spans.within('trace', {}, () => super.write(row)) : super.write(row)
    return written.then(this.#wrote, this.#wroteNot)
  }

  readonly #wrote = (): void => {
    this.#failingSince = undefined
  }

  readonly #wroteNot = (error: unknown): never => {
    this.#failedLast = performance.now()
    this.#failingSince ??= this.#failedLast
    this.#watcher?.failed()
    throw error
  }

  isFailing(): boolean {
    return (
      this.#failingSince !== undefined &&
      this.#failedLast - this.#failingSince >= FAILING_FROM_MS &&
      performance.now() - this.#failedLast < TRY_AGAIN_MS
    )
  }
}

function watchedApart(apart: Database['apart'], { group }: TraceWatcher): Database['apart'] {
  const timed = async <T>(traces: number | undefined, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now()
    try {
      return await work()
    } finally {
      group(performance.now() - begun, traces)
    }
  }
  return {
    run: (statement, planning) => timed(undefined, () => apart.run(statement, planning)),
    copyIn: (statement, tuples) => timed(tuples.length, () => apart.copyIn(statement, tuples)),
  }
}
