/**
 * A connection that one thing keeps for itself, for what lives in a session (a lock), and for what may take long (a copy of
 * millions of rows). It is not opened again once it is lost: whoever has it must know.
 */
import pg from 'pg'
import type { Runner } from '../database.ts'
import { compileSql, type Sql } from '../sql.ts'
import { milliseconds } from '../timestamp.ts'
import type { ConnectionSettings } from './connection-settings.ts'

export type DedicatedConnection = Runner & {
  readonly isLost: boolean
  /** Resolves when it is lost, or closed. */
  readonly lost: Promise<void>
  /**
   * The rows of a query as PostgreSQL sends them in binary form, one after the other; nothing is decoded. A row is valid
   * only until the call returns.
   * @param query without parameters: numbers and names of our own alone
   */
  copy(query: string, row: (tuple: Buffer) => void): Promise<void>
  close(): Promise<void>
}

const TIMESTAMPTZ = 1184

/** How much later than its own limit PostgreSQL may say that a statement took too long. */
const SILENCE_MS = 2_000

/** @param settings 0 as `statementTimeoutMs` is no limit */
export async function openDedicated(settings: ConnectionSettings): Promise<DedicatedConnection> {
  const { role, statementTimeoutMs, ...where } = settings
  const client = new pg.Client({
    ...where,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    options: [
      `-c statement_timeout=${statementTimeoutMs}`,
      '-c timezone=UTC',
      ...(role ? [`-c role=${role}`] : []),
      // Rows are read in the order of an index, some thousands at a time: never sorted as a whole.
      ...['random_page_cost=1.1', 'enable_seqscan=off', 'jit=off'].map((setting) => `-c ${setting}`),
    ].join(' '),
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === TIMESTAMPTZ
          ? milliseconds
          : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  let isLost = false
  const lost = new Promise<void>((resolve) => {
    const lose = (): void => {
      isLost = true
      resolve()
    }
    client.on('error', lose)
    client.on('end', lose)
  })
  try {
    await client.connect()
  } catch (error) {
    // One that came as far as asking for a password is open still, and would keep the process.
    client.connection.stream.destroy()
    throw error
  }
  return {
    get isLost() {
      return isLost
    },
    lost,
    async run<Row>(statement: Sql) {
      // One that says nothing at all (a machine that is gone) is lost: whoever has it must not wait for it for ever.
      const lose = (): void => void client.connection.stream.destroy(new Error('PostgreSQL does not answer'))
      const silent = statementTimeoutMs > 0 ? setTimeout(lose, statementTimeoutMs + SILENCE_MS) : undefined
      try {
        return (await client.query(compileSql(statement))).rows as Row[]
      } finally {
        clearTimeout(silent)
      }
    },
    copy: (query, row) =>
      new Promise((resolve, reject) => {
        client.query(new CopyOut(`copy (${query}) to stdout (format binary)`, row, resolve, reject))
      }),
    close: () => client.end(),
  }
}

/** Signature, flags and length of the extension, before the first row. */
const HEADER_BYTES = 19
/** What stands in place of a row behind the last one: a number of columns of -1. */
const TRAILER_BYTES = 2

type CopyMessage = { readonly chunk: Buffer }
type Wire = { query(text: string): void }

/** What `pg` asks of a query, which has no COPY of its own. */
class CopyOut implements pg.Submittable {
  readonly #text: string
  readonly #row: (tuple: Buffer) => void
  readonly #done: () => void
  readonly #failed: (error: unknown) => void
  #begun = false
  #error: unknown

  constructor(
    text: string,
    row: (tuple: Buffer) => void,
    done: () => void,
    failed: (error: unknown) => void,
  ) {
    this.#text = text
    this.#row = row
    this.#done = done
    this.#failed = failed
  }

  submit(connection: pg.Connection): void {
    ;(connection as unknown as Wire).query(this.#text)
  }

  /** One message for each row. What a row is found to be is told when all have come. */
  handleCopyData({ chunk }: CopyMessage): void {
    const tuple = this.#begun ? chunk : chunk.subarray(HEADER_BYTES)
    this.#begun = true
    if (tuple.length <= TRAILER_BYTES || this.#error !== undefined) return
    try {
      this.#row(tuple)
    } catch (error) {
      this.#error = error
    }
  }

  handleRowDescription(): void {}

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.#failed(error)
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#done()
    else this.#failed(this.#error)
  }
}
