/**
 * The rows of consecutive intervals of one chain, gathered from one copy: an interval is handed on when it is complete, and
 * its rows are gone with the next. So a verification holds one interval in memory, however many rows there are.
 */
import { createHash } from 'node:crypto'
import type { DedicatedConnection } from '../storage/connection/dedicated-connection.ts'
import { copyRows } from '../storage/traces/audit-checkpoints.ts'
import { SEQ_AT } from '../storage/traces/canonical-trace.ts'
import type { Checkpoint } from './checkpoint.ts'

export type IntervalRows = {
  readonly count: number
  /** SHA-256 of the digest before it, or of nothing, and its rows. */
  digest(previous?: Buffer): Buffer
  /** In the order of their places; too many of them are cut off. */
  tuples(): Buffer[]
}

/** Rows beyond those that were signed: enough to name some. */
const MAX_EXTRA = 1_000
const INITIAL_BYTES = 1 << 20

/** @param intervals one behind the other, of one writer */
export async function readIntervals(
  connection: DedicatedConnection,
  intervals: readonly Checkpoint[],
  each: (interval: Checkpoint, rows: IntervalRows) => void,
): Promise<void> {
  const [first] = intervals
  const last = intervals.at(-1)
  if (!first || !last) return
  const gathered = new Gathered()
  let at = 0
  const close = (): void => {
    const interval = intervals[at++]
    if (interval) each(interval, gathered)
    gathered.clear()
  }
  const range = { writer: first.writer, above: first.from - 1, upTo: last.until }
  await copyRows(connection, range, (tuple) => {
    const seq = tuple.readInt32BE(SEQ_AT)
    for (let interval = intervals[at]; interval && seq > interval.until; interval = intervals[at]) close()
    gathered.add(tuple, (intervals[at]?.count ?? 0) + MAX_EXTRA)
  })
  while (at < intervals.length) close()
}

class Gathered implements IntervalRows {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #length = 0
  #ends: number[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(tuple: Buffer, most: number): void {
    if (++this.#count > most) return
    if (this.#length + tuple.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe((this.#length + tuple.length) * 2)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    tuple.copy(this.#bytes, this.#length)
    this.#length += tuple.length
    this.#ends.push(this.#length)
  }

  digest(previous?: Buffer): Buffer {
    const hash = createHash('sha256')
    if (previous) hash.update(previous)
    return hash.update(this.#bytes.subarray(0, this.#length)).digest()
  }

  tuples(): Buffer[] {
    let start = 0
    return this.#ends.map((end) => {
      const tuple = Buffer.from(this.#bytes.subarray(start, end))
      start = end
      return tuple
    })
  }

  clear(): void {
    this.#length = 0
    this.#ends = []
    this.#count = 0
  }
}
