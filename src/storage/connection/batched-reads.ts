/**
 * Single reads of many requests, gathered: what comes up in one turn of the event loop, or while all connections are busy,
 * leaves together (wire.ts). A system call and a wake-up on each side are then shared by many; nobody waits longer
 * than the turn while a connection is free.
 *
 * The connections are read-only: what writes has a transaction, or says that it stands apart.
 * @see docs/decisions/0022 (measured)
 */
import type pg from 'pg'
import type { PreparedStatement } from './prepared-statements.ts'
import { SharedConnection } from './shared-connection.ts'
import type { WireRow } from './statement-batch.ts'
import { wasRefused } from './was-refused.ts'
import { wireOf } from './wire.ts'

/** Bounds how long the first of a batch waits for the last. */
const MAX_TOGETHER = 64

/** Statements of one snapshot, for one who waits. */
type Asked = {
  readonly statements: readonly PreparedStatement[]
  readonly done: (rows: WireRow[][]) => void
  readonly failed: (error: unknown) => void
}
type Lane = { readonly connection: SharedConnection; isBusy: boolean }

/** Since the start: how often PostgreSQL was asked, and for how many statements. */
export type GatheredLoad = { readonly batches: number; readonly statements: number }

export class BatchedReads {
  readonly #lanes: readonly Lane[]
  readonly #patienceMs: number
  #waiting: Asked[] = []
  #isDue = false
  #batches = 0
  #statements = 0

  /** @param patienceMs for one batch; past it the connection is given up: PostgreSQL's own limit did not end it */
  constructor(
    config: pg.ClientConfig,
    { lanes, patienceMs }: { readonly lanes: number; readonly patienceMs: number },
    onError: (error: Error) => void,
  ) {
    const readOnly = '-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read'
    const own = { ...config, options: `${config.options ?? ''} ${readOnly}` }
    this.#lanes = Array.from({ length: lanes }, () => ({
      connection: new SharedConnection(own, onError),
      isBusy: false,
    }))
    this.#patienceMs = patienceMs
  }

  /** @returns the rows of each, all of one snapshot */
  read(statements: readonly PreparedStatement[]): Promise<WireRow[][]> {
    return new Promise((done, failed) => {
      this.#waiting.push({ statements, done, failed })
      if (this.#isDue) return
      this.#isDue = true
      setImmediate(() => {
        this.#isDue = false
        this.#send()
      })
    })
  }

  load(): GatheredLoad {
    return { batches: this.#batches, statements: this.#statements }
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ connection }) => connection.close()))
  }

  #send(): void {
    for (const lane of this.#lanes) {
      if (this.#waiting.length === 0) return
      if (lane.isBusy) continue
      const asked = this.#waiting.slice(0, MAX_TOGETHER)
      this.#waiting = this.#waiting.slice(MAX_TOGETHER)
      lane.isBusy = true
      this.#ask(lane, asked).finally(() => {
        lane.isBusy = false
        if (!this.#isDue) this.#send()
      })
    }
  }

  /**
   * Each gets its rows as soon as they have come: it is served while PostgreSQL works for the next. When one is at fault, those
   * that have no answer are asked each on its own, so that they do not pay for it. On a connection that was lost nothing was
   * done: they are asked once more, on a new one.
   */
  async #ask(lane: Lane, asked: readonly Asked[], again = false): Promise<void> {
    let answered = 0
    let rows: WireRow[][] = []
    const take = (some: WireRow[]): void => {
      const next = asked[answered]
      rows.push(some)
      if (!next || rows.length < next.statements.length) return
      next.done(rows)
      rows = []
      answered++
    }
    try {
      await this.#batch(
        lane,
        asked.flatMap(({ statements }) => statements),
        take,
      )
      for (const { failed } of asked.slice(answered))
        failed(new Error('PostgreSQL left statements unanswered'))
    } catch (error) {
      const left = asked.slice(answered)
      // All have theirs: whatever happened since is the next batch’s.
      if (left.length === 0) return
      if (left.length > 1 && wasRefused(error)) for (const each of left) await this.#ask(lane, [each])
      else if (!again && isLost(error)) await this.#ask(lane, left, true)
      else for (const { failed } of left) failed(error)
    }
  }

  async #batch(
    { connection }: Lane,
    statements: readonly PreparedStatement[],
    answered: (rows: WireRow[]) => void,
  ): Promise<void> {
    const client = await connection.client()
    this.#batches++
    this.#statements += statements.length
    const limit = setTimeout(() => {
      client.connection.stream.destroy(new Error(SILENT))
    }, this.#patienceMs)
    try {
      await wireOf(client).ask(statements, answered)
    } catch (error) {
      // What ends a connection is told before it has ended.
      if (!wasRefused(error)) connection.giveUp(client)
      throw error
    } finally {
      clearTimeout(limit)
    }
  }
}

const SILENT = 'PostgreSQL does not answer'

/** Not one that said nothing for long: nobody waits so long twice. */
function isLost(error: unknown): boolean {
  return error instanceof Error && error.message !== SILENT && !wasRefused(error)
}
