/**
 * A connection for those who write many rows at once: its transactions take COPY too, which those of requests do not.
 */
import pg from 'pg'
import { type ConnectionSettings, clientConfig } from '../connection/connection-settings.ts'
import { type CopyStatement, copyMessage, copyPieces, copyStatement } from '../connection/copy-in.ts'
import { preparedStatements } from '../connection/prepared-statements.ts'
import { wireOf } from '../connection/wire.ts'
import { askOne, BEGIN, COMMIT, ROLLBACK, wasCommitted } from '../connection/wire-statements.ts'
import { type Copying, type Transaction, type TransactionEnd, wasRefused } from '../database.ts'
import type { Sql } from '../sql.ts'
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
  const client = new pg.Client(clientConfig(settings))
  // Told by the statement that fails, and by every later one.
  client.on('error', () => undefined)
  await client.connect()
  const prepared = preparedStatements()
  const wire = wireOf(client)
  const run = async <Row>(statement: Sql): Promise<Row[]> =>
    (await askOne(wire, prepared(statement))).rows as Row[]
  const copyIn = (statement: CopyStatement, tuples: readonly Buffer[]): Promise<void> =>
    wire.copy([copyMessage(statement, tuples)])
  const copy = (statement: Sql, rows: CopyRows): Promise<void> =>
    wire.copy(copyPieces(copyStatement(statement), rows.chunks()))
  return {
    async transaction(work) {
      const listeners: ((end: TransactionEnd) => void)[] = []
      const last: Promise<unknown>[] = []
      let ended: TransactionEnd = 'rolled back'
      try {
        await askOne(wire, BEGIN)
        const result = await work({
          run,
          copy,
          copyIn,
          beforeCommit(...statements) {
            // What fails is told before the commit; until then nobody listens.
            for (const statement of statements) statement.catch(() => undefined)
            last.push(...statements)
          },
          onEnd: (listener) => void listeners.push(listener),
        })
        await Promise.all(last)
        ended = 'unknown'
        const done = await askOne(wire, COMMIT).catch((error: unknown) => {
          if (wasRefused(error)) ended = 'rolled back'
          throw error
        })
        ended = wasCommitted(done) ? 'committed' : 'rolled back'
        if (ended !== 'committed') throw new Error('The transaction was rolled back by PostgreSQL')
        return result
      } catch (error) {
        // Of a connection that is lost PostgreSQL rolls back by itself, and what comes next on it fails.
        if (ended === 'rolled back') await askOne(wire, ROLLBACK).catch(() => undefined)
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
