/**
 * The statements of one transaction on their way: what comes up in one turn of the event loop, the beginning and the commit
 * among it, leaves as one batch, in the order in which it was asked for. PostgreSQL then answers, and wakes this process, once
 * for all of them. When one fails, those behind it fail with it: of an aborted transaction nothing else could be had.
 */
import type pg from 'pg'
import { type Answered, type AskedStatement, sendBatch } from './prepared-batch.ts'
import type { PreparedStatement } from './prepared-statements.ts'

/** Statements of their own names, which `preparedStatements` gives to none. */
const command = (text: string): PreparedStatement => ({ name: text, text, values: [] })
const BEGIN = command('begin')
const COMMIT = command('commit')

export class TransactionWire {
  readonly #client: pg.PoolClient
  #waiting: AskedStatement[] = []

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  ask(statement: PreparedStatement): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(() => this.send())
    })
  }

  begin(): Promise<Answered> {
    return this.ask(BEGIN)
  }

  /** On an aborted transaction it succeeds as `ROLLBACK`. */
  commit(): Promise<Answered> {
    return this.ask(COMMIT)
  }

  /** After what was asked for, but apart: no failure of that may pass over it. */
  async rollback(): Promise<void> {
    this.send()
    await this.#client.query('rollback')
  }

  /** Sends what waits, for what is to follow it on the wire by other means. */
  send(): void {
    const asked = this.#waiting
    if (asked.length === 0) return
    this.#waiting = []
    sendBatch(this.#client, asked)
  }
}
