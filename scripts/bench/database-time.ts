/**
 * What a request takes inside PostgreSQL: planning and execution of its statements, by pg_stat_statements. Counting is off
 * but while it is asked for.
 * @see https://www.postgresql.org/docs/18/pgstatstatements.html
 *
 * NOT counted: parsing, the way over the socket, waiting for a connection. The trace is left out: it is not the search's.
 */
import pg from 'pg'
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { SUPERUSER } from '../../src/embedded-postgres/initialise.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'

export type Spent = {
  /** Planning and execution, in milliseconds. */
  readonly milliseconds: number
  readonly planning: number
  readonly statements: number
}

export type SlowStatement = {
  readonly milliseconds: number
  readonly planning: number
  readonly query: string
}

/** To be followed by a restart of PostgreSQL. */
export async function preloadStatements(connection: Connection): Promise<void> {
  const client = await superuser(connection)
  try {
    await client.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`)
    await client.query('create extension if not exists pg_stat_statements')
  } finally {
    await client.end()
  }
}

export class DatabaseTime implements AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(connection: Connection): Promise<DatabaseTime> {
    const client = await superuser(connection)
    await client.query(`alter system set pg_stat_statements.track_planning = on`)
    await client.query(`alter system set pg_stat_statements.track = top`)
    await client.query('select pg_reload_conf()')
    return new DatabaseTime(client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.query(`alter system set pg_stat_statements.track = none`)
    await this.#client.query('select pg_reload_conf()')
    await this.#client.end()
  }

  /** What the server's statements take while this is done, alone. */
  async of(work: () => Promise<unknown>): Promise<Spent> {
    await this.#client.query('select pg_stat_statements_reset()')
    await work()
    const { rows } = await this.#client.query<Spent>(
      `select coalesce(sum(s.total_exec_time + s.total_plan_time), 0) as milliseconds,
          coalesce(sum(s.total_plan_time), 0) as planning, coalesce(sum(s.calls), 0)::integer as statements
        from pg_stat_statements s join pg_roles r on r.oid = s.userid
        where r.rolname = $1 and s.query not like 'insert into audit%'`,
      [SERVER_ROLE],
    )
    return rows[0] ?? { milliseconds: 0, planning: 0, statements: 0 }
  }

  /** The slowest statement since the last `of` began. */
  async slowest(): Promise<SlowStatement | undefined> {
    const { rows } = await this.#client.query<SlowStatement>(
      `select s.total_exec_time as milliseconds, s.total_plan_time as planning, s.query
        from pg_stat_statements s join pg_roles r on r.oid = s.userid
        where r.rolname = $1 order by s.total_exec_time + s.total_plan_time desc limit 1`,
      [SERVER_ROLE],
    )
    return rows[0]
  }
}

/** After a load: what autovacuum does a minute later. Until then plans are made for empty tables. */
export async function vacuumAnalyze(connection: Connection): Promise<void> {
  const client = await superuser(connection)
  try {
    await client.query('vacuum (analyze)')
  } finally {
    await client.end()
  }
}

async function superuser(connection: Connection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, user: SUPERUSER })
  await client.connect()
  return client
}
