/**
 * Group commit: while one group is on its way to the disk, the traces that arrive wait, and go together in the next. A
 * request's answer waits for its own trace and no other (rule T2). Several go by COPY, few by a prepared insert.
 * @see docs/decisions/0023 (measured)
 */
import type { Copying, Runner } from '../storage/database.ts'
import {
  copySeated,
  endOfRefused,
  insertSeated,
  type SeatedTrace,
  seatTrace,
  type TraceRow,
} from '../storage/traces/insert-traces.ts'

/** Traces in one statement: bounds its size, and how long the first waits for the last. */
const MAX_BATCH = 500
/** From so many on a COPY costs less than an insert. */
const COPIED = 3
/**
 * So many leave without waiting for more, if no more than they are still being worked on; and so many in any case: in a
 * larger group a trace costs hardly less.
 */
const SOME = 8
const ENOUGH = 24
/** A smaller group waits for those as long as in each look another has joined it, and no longer than this. */
const LOOK_MS = 1
const MAX_GATHER_MS = 5

type Waiting = {
  readonly seated: SeatedTrace
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export class TraceWriter {
  readonly #db: Runner & Copying
  readonly #maxWaiting: number
  #waiting: Waiting[] = []
  #isUnderWay = false
  #isLeaving = false
  /** Requests that are being worked on, and will leave a trace. */
  #expected = 0
  #gathering: { readonly since: number; joined: number } | undefined

  /** @param maxWaiting traces that may wait in memory; past that `write` fails at once */
  constructor(db: Runner & Copying, maxWaiting = 10_000) {
    this.#db = db
    this.#maxWaiting = maxWaiting
  }

  /** Traces that are not on their way to the disk yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Work that ends in a trace, as all do: a group that could leave waits a moment for it. */
  async expecting<T>(work: () => Promise<T>): Promise<T> {
    this.#expected++
    try {
      return await work()
    } finally {
      this.#expected--
    }
  }

  /** Resolves when the trace is durable. @throws what the database said, or that too many wait */
  write(row: TraceRow): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(new Error('Too many traces wait'))
    return new Promise((done, failed) => {
      this.#waiting.push({ seated: seatTrace(row), done, failed })
      if (this.#waiting.length === 1) setImmediate(() => this.#gather())
      else if (this.#gathering && this.#isEnough) this.#leave()
    })
  }

  /**
   * Nobody else is being served; or so many wait as are: if these were waited for too, nobody would be served while the group
   * is on its way to the disk. They are the next group.
   */
  get #isEnough(): boolean {
    const count = this.#waiting.length
    return this.#expected === 0 || (count >= SOME && count >= Math.min(this.#expected, ENOUGH))
  }

  /**
   * One group at a time: two would each be half as large, and a trace costs less in a larger one. For the same reason it
   * waits for some of those who are about to come.
   */
  #gather(): void {
    if (this.#isUnderWay || this.#gathering || this.#waiting.length === 0) return
    if (this.#isEnough) this.#flush()
    else {
      this.#gathering = { since: performance.now(), joined: this.#waiting.length }
      this.#look(this.#gathering)
    }
  }

  #look(gathering: { readonly since: number; joined: number }): void {
    setTimeout(() => {
      if (this.#gathering !== gathering) return
      const isOver = performance.now() - gathering.since >= MAX_GATHER_MS
      if (isOver || this.#isEnough || this.#waiting.length === gathering.joined) return this.#flush()
      gathering.joined = this.#waiting.length
      this.#look(gathering)
    }, LOOK_MS)
  }

  /** With those whom this turn of the event loop still brings. */
  #leave(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    setImmediate(() => {
      this.#isLeaving = false
      this.#flush()
    })
  }

  #flush(): void {
    this.#gathering = undefined
    if (this.#isUnderWay || this.#waiting.length === 0) return
    const batch = this.#waiting.slice(0, MAX_BATCH)
    this.#waiting = this.#waiting.slice(MAX_BATCH)
    this.#isUnderWay = true
    this.#write(batch).finally(() => {
      this.#isUnderWay = false
      this.#gather()
    })
  }

  /** Those that owe notices have more to insert than their row. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const copied = batch.filter(({ seated }) => seated.row.notices.length === 0)
    if (copied.length < COPIED) return this.#insert(batch)
    const others = batch.filter(({ seated }) => seated.row.notices.length > 0)
    await Promise.all([this.#copy(copied), ...(others.length > 0 ? [this.#insert(others)] : [])])
  }

  async #copy(batch: readonly Waiting[]): Promise<void> {
    try {
      await copySeated(this.#db, seatedOf(batch))
    } catch (error) {
      // One that is there already, or that PostgreSQL cannot take: an insert passes over the first, and finds the second.
      if (isFaultOf(rows, error)) return this.#insert(batch)
      return refuse(batch, error)
    }
    confirm(batch)
  }

  /** One statement; when the data of one trace is at fault, each on its own, so that the others do not pay for it. */
  async #insert(batch: readonly Waiting[]): Promise<void> {
    try {
      await insertSeated(this.#db, seatedOf(batch))
    } catch (error) {
      if (batch.length > 1 && isFaultOf(data, error))
        return void (await Promise.all(batch.map((w) => this.#insert([w]))))
      return refuse(batch, error)
    }
    confirm(batch)
  }
}

function seatedOf(batch: readonly Waiting[]): readonly SeatedTrace[] {
  return batch.map(({ seated }) => seated)
}

function confirm(batch: readonly Waiting[]): void {
  for (const { seated, done } of batch) {
    seated.seat.settle('committed')
    done()
  }
}

function refuse(batch: readonly Waiting[], error: unknown): void {
  for (const { seated, failed } of batch) {
    seated.seat.settle(endOfRefused(error))
    failed(error)
  }
}

/** Class 22, data exception: the statement would fail again with the same row, and only with it. */
const data = /^22/
/** And class 23, a constraint: a key that is there. */
const rows = /^2[23]/

function isFaultOf(classes: RegExp, error: unknown): boolean {
  return error instanceof Error && 'code' in error && classes.test(String(error.code))
}
