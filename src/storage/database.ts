/**
 * Connections. Reads of many requests are gathered on a few of them (batched-reads.ts); other single statements share a few
 * others: they need no transaction of their own, and many of them wait on the wire at once. Transactions take a connection
 * each, and so do generic searches: nobody waits behind a slow one.
 * @see docs/decisions/0022 (why gathered, measured), 0005 (traces) and 0008 (searches)
 */
import pg from 'pg'
import { BatchedReads, type GatheredLoad } from './connection/batched-reads.ts'
import {
  type ConnectionSettings,
  clientConfig,
  customPlanning,
  genericPlanning,
  searchConfig,
} from './connection/connection-settings.ts'
import { type CopyStatement, copyMessage } from './connection/copy-in.ts'
import { endWhenSilent } from './connection/end-when-silent.ts'
import { type PreparedStatement, preparedStatements, unprepared } from './connection/prepared-statements.ts'
import { primaryReads, type ReadSide, replicaReads } from './connection/read-side.ts'
import { openReplica } from './connection/replica.ts'
import { SharedConnection } from './connection/shared-connection.ts'
import type { WireRow } from './connection/statement-batch.ts'
import { wasRefused } from './connection/was-refused.ts'
import { wireOf } from './connection/wire.ts'
import {
  askOne,
  BEGIN,
  COMMIT,
  type Done,
  ROLLBACK,
  WireStatements,
  wasCommitted,
} from './connection/wire-statements.ts'
import type { Planning, Runner } from './runner.ts'
import type { Sql } from './sql.ts'

export type { Planning, Runner }
export { wasRefused }

export type Copying = {
  /** Whole rows in the binary form of COPY: all of them are there when it resolves, or none. */
  copyIn(statement: CopyStatement, tuples: readonly Buffer[]): Promise<void>
}

export type Snapshots = {
  /** Statements that only read, answered from one snapshot: the rows of each. */
  together<Rows extends readonly unknown[]>(
    ...statements: { [At in keyof Rows]: Sql }
  ): Promise<{ [At in keyof Rows]: Rows[At][] }>
}

export type Database = Runner &
  Snapshots & {
    /** A connection of its own for statements that wait for the disk: no read stands behind them on the wire. */
    readonly apart: Runner & Copying
    /** For reads that a replica may answer; without one the primary does. */
    readonly reads: ReadSide
    /**
     * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Statements given without
     * waiting leave together: once one fails, PostgreSQL refuses those behind it.
     */
    transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
    /** Connections for transactions: how many are open, how many of them are free, and who waits for one. */
    load(): {
      readonly open: number
      readonly free: number
      readonly waiting: number
      readonly gathered: GatheredLoad
    }
    close(): Promise<void>
  }

/** `unknown`: COMMIT was sent, and PostgreSQL did not answer. */
export type TransactionEnd = 'committed' | 'rolled back' | 'unknown'

export type Transaction = Runner & {
  /**
   * Statements whose results nobody needs before the commit, already given to `run`: the commit leaves with them, and the
   * transaction fails when one of them does.
   */
  beforeCommit(...statements: readonly Promise<unknown>[]): void
  /** Told once, when all is over. */
  onEnd(listener: (end: TransactionEnd) => void): void
}

const SHARED_CONNECTIONS = 4
const TRANSACTION_CONNECTIONS = 8
const SEARCH_CONNECTIONS = 4
const READ_CONNECTIONS = 4
/** For an answer of PostgreSQL, beyond its own time limit for a statement. */
const PATIENCE_MS = 2_000

export function openDatabase(settings: ConnectionSettings, onError: (error: Error) => void): Database {
  const config = clientConfig(settings)
  const patienceMs = settings.statementTimeoutMs + PATIENCE_MS
  const pool = new pg.Pool({ ...config, max: TRANSACTION_CONNECTIONS, allowExitOnIdle: false })
  const searches = new pg.Pool({ ...searchConfig(settings), max: SEARCH_CONNECTIONS, allowExitOnIdle: false })
  for (const each of [pool, searches]) {
    each.on('error', onError)
    // While a connection is handed over nobody else listens, and an error without a listener would end the process.
    each.on('connect', (client) => {
      client.on('error', () => undefined)
      endWhenSilent(client, patienceMs)
    })
  }
  const shared = Array.from(
    { length: SHARED_CONNECTIONS },
    () => new SharedConnection(config, onError, patienceMs),
  )
  const apart = new SharedConnection(config, onError, patienceMs)
  const prepared = preparedStatements()
  const preparedSearch = preparedStatements()
  const batches = new BatchedReads(config, { lanes: READ_CONNECTIONS, patienceMs }, onError)
  const gathered: Runner = {
    async run<Row>(statement: Sql) {
      const [rows] = await batches.read([prepared(statement)])
      return rows as Row[]
    },
  }
  let turn = 0

  const inTransaction = (statements: WireStatements): Runner => ({
    async run<Row>(statement: Sql, planning: Planning = 'generic') {
      if (planning === 'generic') return (await statements.run(prepared(statement))).rows as Row[]
      // When the search fails the transaction is over, and its settings with it.
      const [, found] = await Promise.all([
        statements.run(prepared(customPlanning)),
        statements.run(unprepared(statement)),
        statements.run(prepared(genericPlanning)),
      ])
      return found.rows as Row[]
    },
  })

  const run = async <Row>(statement: Sql, planning: Planning = 'generic'): Promise<Row[]> => {
    if (planning === 'custom') return (await askPooled(searches, preparedSearch(statement))) as Row[]
    const connection = shared[turn++ % SHARED_CONNECTIONS]
    if (!connection) throw new Error('No shared connection')
    return (await askOne(wireOf(await connection.client()), prepared(statement))).rows as Row[]
  }
  const reads =
    settings.readUrl === undefined
      ? primaryReads(gathered)
      : replicaReads(gathered, openReplica(replicaOf(settings, settings.readUrl), onError), onError)

  return {
    run,
    async together<Rows extends readonly unknown[]>(...statements: { [At in keyof Rows]: Sql }) {
      return (await batches.read(statements.map(prepared))) as { [At in keyof Rows]: Rows[At][] }
    },
    reads,
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      // While it is out of the pool nobody else listens, and an error without a listener would end the process.
      const notice = (error: Error): void => {
        broken = error
      }
      client.on('error', notice)
      const statements = new WireStatements(wireOf(client))
      let ended: TransactionEnd = 'rolled back'
      const listeners: ((end: TransactionEnd) => void)[] = []
      try {
        const last: Promise<unknown>[] = []
        const beforeCommit = (...given: readonly Promise<unknown>[]): void => {
          // What fails is told by the commit; until then nobody listens.
          for (const statement of given) statement.catch(() => undefined)
          last.push(...given)
        }
        const onEnd = (listener: (end: TransactionEnd) => void): void => void listeners.push(listener)
        const transaction = { ...inTransaction(statements), beforeCommit, onEnd }
        // Both are waited for: a connection that broke while it lay idle fails the two of them.
        const [begun, done] = await Promise.allSettled([statements.run(BEGIN), work(transaction)])
        if (begun.status === 'rejected') throw begun.reason
        if (done.status === 'rejected') throw await causeOf(done.reason, last)
        const [end, ...before] = await Promise.allSettled([statements.run(COMMIT), ...last])
        ended = endOf(end)
        for (const statement of before) if (statement.status === 'rejected') throw statement.reason
        if (end.status === 'rejected') throw end.reason
        if (!wasCommitted(end.value)) throw new Error('The transaction was rolled back by PostgreSQL')
        return done.value
      } catch (error) {
        await statements.runApart(ROLLBACK).catch((failed: Error) => {
          broken = failed
        })
        throw error
      } finally {
        client.off('error', notice)
        client.release(broken)
        for (const listener of listeners) listener(ended)
      }
    },
    apart: {
      async run<Row>(statement: Sql) {
        return (await askOne(wireOf(await apart.client()), prepared(statement))).rows as Row[]
      },
      copyIn: async (statement, tuples) =>
        wireOf(await apart.client()).copy([copyMessage(statement, tuples)]),
    },
    load: () => ({
      open: pool.totalCount,
      free: pool.idleCount,
      waiting: pool.waitingCount,
      gathered: batches.load(),
    }),
    async close() {
      await Promise.all([
        reads.close(),
        batches.close(),
        pool.end(),
        searches.end(),
        apart.close(),
        ...shared.map((connection) => connection.close()),
      ])
    },
  }
}

/** One statement on a connection that it has to itself meanwhile. */
async function askPooled(pool: pg.Pool, statement: PreparedStatement): Promise<WireRow[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return (await askOne(wireOf(client), statement)).rows
  } catch (error) {
    if (!wasRefused(error)) broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

/** Where the replica is, under the same role: the roles of the primary are its own too. */
function replicaOf({ role, statementTimeoutMs }: ConnectionSettings, readUrl: string): ConnectionSettings {
  return { connectionString: readUrl, statementTimeoutMs, ...(role === undefined ? {} : { role }) }
}

/** Once a statement has failed, each behind it fails as one of an aborted transaction. What aborted it is what is told. */
async function causeOf(told: unknown, before: readonly Promise<unknown>[]): Promise<unknown> {
  if (!isOfAborted(told)) return told
  for (const end of await Promise.allSettled(before))
    if (end.status === 'rejected' && !isOfAborted(end.reason)) return end.reason
  return told
}

function isOfAborted(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '25P02'
}

function endOf(commit: PromiseSettledResult<Done>): TransactionEnd {
  if (commit.status === 'fulfilled') return wasCommitted(commit.value) ? 'committed' : 'rolled back'
  return wasRefused(commit.reason) ? 'rolled back' : 'unknown'
}
