/**
 * Connections. Single statements share a few pipelined connections: they need no transaction of their own, and many of
 * them wait on the wire at once. Transactions take a connection each, and so do generic searches: nobody waits behind a
 * slow one.
 * @see docs/decisions/0005 (why pipelined, measured) and 0008 (searches)
 */
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { bindValue } from './bind-values.ts'
import { compileSql, type Sql } from './sql.ts'
import { milliseconds } from './timestamp.ts'

export type ConnectionSettings = {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly connectionString?: string
  /** Role taken after login: the server's, never the owner's. */
  readonly role?: string
  readonly statementTimeoutMs: number
}

/** `generic`: one plan for all values, made once. `custom`: a plan for these very values, made anew each time. */
export type Planning = 'generic' | 'custom'

export type Runner = {
  /** Rows of one statement, prepared by its text. */
  run<Row>(statement: Sql, planning?: Planning): Promise<Row[]>
}

export type Database = Runner & {
  /** A connection of its own for statements that wait for the disk: no read stands behind them on the wire. */
  readonly apart: Runner
  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Statements given without
   * waiting are pipelined: once one fails, PostgreSQL refuses those behind it.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Connections for transactions: how many are open, how many of them are free, and who waits for one. */
  load(): { readonly open: number; readonly free: number; readonly waiting: number }
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

/** Statements kept prepared on each connection; the texts are a closed set but for the shapes of searches. */
const MAX_PREPARED = 400
const SHARED_CONNECTIONS = 4
const TRANSACTION_CONNECTIONS = 8
const SEARCH_CONNECTIONS = 4
/** A search that takes longer is refused: it holds one of few connections. */
const SEARCH_TIMEOUT_MS = 5_000
/**
 * What searches are planned with (docs/decisions/0008). A small effective_cache_size: a plan that looks up row after row
 * until a page is full must not be taken for cheap because the last rows would be in memory. One process each: there are
 * other requests.
 */
const searchPlanning = [
  'plan_cache_mode=force_custom_plan',
  'random_page_cost=1.1',
  'effective_cache_size=16MB',
  'max_parallel_workers_per_gather=0',
  'enable_seqscan=off',
  'jit=off',
]
/**
 * What all else is planned with, once on each connection: it is looked up by keys, also while the tables are so small that
 * reading all of them seems as cheap, for they may be large before the plan is made again.
 */
const keyPlanning = [
  'plan_cache_mode=force_generic_plan',
  'random_page_cost=1.1',
  'enable_seqscan=off',
  'jit=off',
]
/** A value with a unit is text to SQL: quoted, as none of them holds a quote. */
const customPlanning = searchPlanning
  .map((setting) => `set local ${setting.replace('=', " = '")}'`)
  .join('; ')

export function openDatabase(settings: ConnectionSettings, onError: (error: Error) => void): Database {
  const config = clientConfig(settings)
  const pool = new pg.Pool({ ...config, max: TRANSACTION_CONNECTIONS, allowExitOnIdle: false })
  const searches = new pg.Pool({ ...searchConfig(settings), max: SEARCH_CONNECTIONS, allowExitOnIdle: false })
  for (const each of [pool, searches]) {
    each.on('error', onError)
    // While a connection is handed over nobody else listens, and an error without a listener would end the process.
    each.on('connect', (client) => client.on('error', () => undefined))
  }
  const shared = Array.from({ length: SHARED_CONNECTIONS }, () => new SharedConnection(config, onError))
  const apart = new SharedConnection(config, onError)
  const prepared = namer()
  const preparedSearch = namer()
  let turn = 0

  const runner = (client: pg.Client | pg.PoolClient): Runner => ({
    async run<Row>(statement: Sql) {
      sendTogether(client)
      return (await client.query(prepared(statement))).rows as Row[]
    },
  })
  const inTransaction = (client: pg.PoolClient): Runner => ({
    async run<Row>(statement: Sql, planning: Planning = 'generic') {
      if (planning === 'generic') return runner(client).run<Row>(statement)
      sendTogether(client)
      // One behind the other on the wire. When the search fails the transaction is over, and its settings with it.
      const [, found] = await Promise.all([
        client.query(customPlanning),
        client.query(compileSql(statement)),
        client.query('set local plan_cache_mode = force_generic_plan'),
      ])
      return found.rows as Row[]
    },
  })

  return {
    async run<Row>(statement: Sql, planning: Planning = 'generic') {
      if (planning === 'custom') return (await searches.query(preparedSearch(statement))).rows as Row[]
      const connection = shared[turn++ % SHARED_CONNECTIONS]
      if (!connection) throw new Error('No shared connection')
      return runner(await connection.client()).run<Row>(statement)
    },
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      // While it is out of the pool nobody else listens, and an error without a listener would end the process.
      const notice = (error: Error): void => {
        broken = error
      }
      client.on('error', notice)
      let ended: TransactionEnd = 'rolled back'
      const listeners: ((end: TransactionEnd) => void)[] = []
      try {
        sendTogether(client)
        const last: Promise<unknown>[] = []
        const beforeCommit = (...statements: readonly Promise<unknown>[]): void => {
          // What fails is told by the commit; until then nobody listens.
          for (const statement of statements) statement.catch(() => undefined)
          last.push(...statements)
        }
        const onEnd = (listener: (end: TransactionEnd) => void): void => void listeners.push(listener)
        const transaction = { ...inTransaction(client), beforeCommit, onEnd }
        // Both are waited for: a connection that broke while it lay idle fails the two of them.
        const [begun, done] = await Promise.allSettled([client.query('begin'), work(transaction)])
        if (begun.status === 'rejected') throw begun.reason
        if (done.status === 'rejected') throw done.reason
        sendTogether(client)
        const [end, ...before] = await Promise.allSettled([client.query('commit'), ...last])
        ended = endOf(end)
        for (const statement of before) if (statement.status === 'rejected') throw statement.reason
        if (end.status === 'rejected') throw end.reason
        // On an aborted transaction COMMIT succeeds as a ROLLBACK: the command tag tells.
        if (end.value.command !== 'COMMIT') throw new Error('The transaction was rolled back by PostgreSQL')
        return done.value
      } catch (error) {
        await client.query('rollback').catch((failed: Error) => {
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
        return runner(await apart.client()).run<Row>(statement)
      },
    },
    load: () => ({ open: pool.totalCount, free: pool.idleCount, waiting: pool.waitingCount }),
    async close() {
      await Promise.all([
        pool.end(),
        searches.end(),
        apart.close(),
        ...shared.map((connection) => connection.close()),
      ])
    },
  }
}

/** On an aborted transaction COMMIT succeeds as a ROLLBACK. */
function endOf(commit: PromiseSettledResult<pg.QueryResult>): TransactionEnd {
  if (commit.status === 'fulfilled') return commit.value.command === 'COMMIT' ? 'committed' : 'rolled back'
  return wasRefused(commit.reason) ? 'rolled back' : 'unknown'
}

/** Whether PostgreSQL itself has said no, and lives: of anything else it is not known what it did. */
export function wasRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR'
}

/** Names statements by their texts; those beyond the limit stay without one. */
function namer(): (statement: Sql) => pg.QueryConfig {
  const names = new Map<string, string>()
  return (statement) => {
    const { text, values: given } = compileSql(statement)
    const values = given.map(bindValue)
    let name = names.get(text)
    if (name === undefined && names.size < MAX_PREPARED) {
      name = `s${names.size}`
      names.set(text, name)
    }
    return name === undefined ? { text, values } : { name, text, values }
  }
}

const holding = new WeakSet<Duplex>()

/**
 * Statements that come up in one turn of the event loop leave in one write: a system call, and a wake-up of PostgreSQL,
 * for all of them (together 6 to 10 % of the CPU of a read, bench/). Nobody waits longer than the turn.
 */
function sendTogether(client: pg.Client | pg.PoolClient): void {
  const { stream } = client.connection
  if (holding.has(stream)) return
  holding.add(stream)
  stream.cork()
  setImmediate(() => {
    holding.delete(stream)
    stream.uncork()
  })
}

/** One pipelined connection, opened when first needed and again after it broke. */
class SharedConnection {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  #opening: Promise<pg.Client> | undefined
  #closed = false

  constructor(config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config
    this.#onError = onError
  }

  client(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new Error('The database is closed'))
    if (!this.#opening) {
      const opening = this.#open(() => {
        // A broken connection tells it twice, and by the second time another may have taken its place.
        if (this.#opening === opening) this.#opening = undefined
      })
      this.#opening = opening
    }
    return this.#opening
  }

  async close(): Promise<void> {
    this.#closed = true
    const opening = this.#opening
    this.#opening = undefined
    if (opening) await opening.then((client) => client.end(), this.#onError)
  }

  async #open(forget: () => void): Promise<pg.Client> {
    const client = new pg.Client(this.#config)
    client.on('error', (error) => {
      forget()
      this.#onError(error)
    })
    client.on('end', forget)
    try {
      await client.connect()
    } catch (error) {
      forget()
      throw error
    }
    return client
  }
}

const TIMESTAMPTZ = 1184
const TIMESTAMPTZ_ARRAY = 1185

function searchConfig(settings: ConnectionSettings): pg.ClientConfig {
  const statementTimeoutMs = Math.min(settings.statementTimeoutMs, SEARCH_TIMEOUT_MS)
  return clientConfig({ ...settings, statementTimeoutMs }, [...searchPlanning, 'work_mem=16MB'])
}

function clientConfig(
  settings: ConnectionSettings,
  planning: readonly string[] = keyPlanning,
): pg.ClientConfig {
  const { role, statementTimeoutMs, ...where } = settings
  const options = [
    `-c statement_timeout=${statementTimeoutMs}`,
    '-c timezone=UTC',
    ...planning.map((setting) => `-c ${setting}`),
    ...(role ? [`-c role=${role}`] : []),
  ]
  return {
    ...where,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    options: options.join(' '),
    types: {
      // Times as milliseconds: what policy compares, without a Date object for each.
      getTypeParser: ((oid: number, format?: 'text') => {
        if (oid === TIMESTAMPTZ) return milliseconds
        if (oid === TIMESTAMPTZ_ARRAY) return millisecondsArray
        return pg.types.getTypeParser(oid, format)
      }) as typeof pg.types.getTypeParser,
    },
  } as pg.ClientConfig
}

function millisecondsArray(text: string): number[] {
  return text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((item) => milliseconds(item.replaceAll('"', '')))
}
