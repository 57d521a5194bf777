/**
 * A connection for those who write many rows at once: its transactions take COPY too, which the pipelined connections of
 * requests do not.
 */
import type { Writable } from 'node:stream'
import pg from 'pg'
import { type ConnectionSettings, clientConfig } from '../connection-settings.ts'
import { type CopyStatement, copyIn } from '../copy-in.ts'
import { type Copying, type Transaction, type TransactionEnd, wasRefused } from '../database.ts'
import { preparedStatements } from '../prepared-statements.ts'
import { compileSql, type Sql } from '../sql.ts'
import type { CopyRows } from './copy-rows.ts'

export type BulkTransaction = Transaction &
  Copying & {
    /** @param statement `copy … from stdin (format binary)`, with the columns of the rows in their order */
    copy(statement: Sql, rows: CopyRows): Promise<void>
  }

export type BulkConnection = {
  /** Committed, and durable, when it returns; rolled back when `work` throws. */
  transaction<T>(work: (transaction: BulkTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const UNIQUE_VIOLATION = '23505'

export async function openBulk(settings: ConnectionSettings): Promise<BulkConnection> {
  const config: pg.ClientConfig & { readonly pipeline: boolean } = {
    ...clientConfig(settings),
    pipeline: false,
  }
  const client = new pg.Client(config)
  // Told by the statement that fails, and by every later one.
  client.on('error', () => undefined)
  await client.connect()
  const prepared = preparedStatements()
  // One after the other: the driver has no queue for them.
  let before: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = before.then(work)
    before = done.catch(() => undefined)
    return done
  }
  const run = <Row>(statement: Sql): Promise<Row[]> =>
    inTurn(async () => (await client.query(prepared(statement))).rows as Row[])
  const copyTuples = (statement: CopyStatement, tuples: readonly Buffer[]): Promise<void> =>
    inTurn(() => copyIn(client, statement, tuples))
  const copy = (statement: Sql, rows: CopyRows): Promise<void> =>
    inTurn(
      () =>
        new Promise((resolve, reject) => {
          client.query(new CopyIn(compileSql(statement).text, rows.chunks(), resolve, reject))
        }),
    )
  return {
    async transaction(work) {
      const listeners: ((end: TransactionEnd) => void)[] = []
      const last: Promise<unknown>[] = []
      let ended: TransactionEnd = 'rolled back'
      try {
        await inTurn(() => client.query('begin'))
        const done = await work({
          run,
          copy,
          copyIn: copyTuples,
          beforeCommit(...statements) {
            // What fails is told before the commit; until then nobody listens.
            for (const statement of statements) statement.catch(() => undefined)
            last.push(...statements)
          },
          onEnd: (listener) => void listeners.push(listener),
        })
        await Promise.all(last)
        ended = 'unknown'
        const { command } = await inTurn(() => client.query('commit')).catch((error: unknown) => {
          if (wasRefused(error)) ended = 'rolled back'
          throw error
        })
        // On an aborted transaction COMMIT succeeds as a ROLLBACK: the command tag tells.
        ended = command === 'COMMIT' ? 'committed' : 'rolled back'
        if (ended !== 'committed') throw new Error('The transaction was rolled back by PostgreSQL')
        return done
      } catch (error) {
        // Of a connection that is lost PostgreSQL rolls back by itself, and what comes next on it fails.
        if (ended === 'rolled back') await inTurn(() => client.query('rollback')).catch(() => undefined)
        throw error
      } finally {
        for (const listener of listeners) listener(ended)
      }
    },
    close: () => client.end(),
  }
}

/** Whether a row is there already that only one may write. */
export function isTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION
}

type Wire = {
  readonly stream: Writable
  query(text: string): void
  endCopyFrom(): void
}

const COPY_DATA = 'd'.charCodeAt(0)
const HEAD_BYTES = 5

/** What `pg` asks of a query, which has no COPY of its own. */
class CopyIn implements pg.Submittable {
  readonly #text: string
  readonly #chunks: readonly Buffer[]
  readonly #done: () => void
  readonly #failed: (error: unknown) => void

  constructor(text: string, chunks: readonly Buffer[], done: () => void, failed: (error: unknown) => void) {
    this.#text = text
    this.#chunks = chunks
    this.#done = done
    this.#failed = failed
  }

  submit(connection: pg.Connection): void {
    ;(connection as unknown as Wire).query(this.#text)
  }

  /** The rows as they lie, in one write: the driver would copy each chunk behind its head. */
  handleCopyInResponse(connection: Wire): void {
    const { stream } = connection
    const heads = Buffer.allocUnsafe(HEAD_BYTES * this.#chunks.length)
    stream.cork()
    this.#chunks.forEach((chunk, i) => {
      const head = heads.subarray(i * HEAD_BYTES, (i + 1) * HEAD_BYTES)
      head.writeInt32BE(4 + chunk.length, head.writeUInt8(COPY_DATA))
      stream.write(head)
      stream.write(chunk)
    })
    connection.endCopyFrom()
    stream.uncork()
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.#failed(error)
  }

  handleReadyForQuery(): void {
    this.#done()
  }
}
