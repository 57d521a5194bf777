/**
 * How PostgreSQL carries out a statement, without any value of it: the plan that serves all values, made for parameters that
 * are null. Nothing is executed. It has a connection of its own, read-only and for one plan, with the settings that the
 * statement was planned with.
 *
 * EXPLAIN (GENERIC_PLAN) says the same from PostgreSQL 16 on; EXECUTE with nulls does so from 12 on, and is one way for all.
 * Of a search, which is planned for its values each time, it is the plan of no value in particular.
 * @see https://www.postgresql.org/docs/current/sql-prepare.html (Notes)
 */
import pg from 'pg'
import type { Planning } from '../runner.ts'
import { type Sql, textOf } from '../sql.ts'
import { type ConnectionSettings, clientConfig, searchConfig } from './connection-settings.ts'

const LIMIT_MS = 2_000
const MAX_LINES = 200

/** @returns its lines @throws what PostgreSQL says */
export async function genericPlan(
  settings: ConnectionSettings,
  statement: Sql,
  planning: Planning,
): Promise<readonly string[]> {
  const limited = { ...settings, statementTimeoutMs: LIMIT_MS }
  const config = planning === 'custom' ? searchConfig(limited) : clientConfig(limited)
  const client = new pg.Client({ ...config, application_name: 'dmp plan of a slow query' })
  // What ends the connection fails the query under way too, and that is told.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(
      'set default_transaction_read_only = on; set plan_cache_mode = force_generic_plan; begin',
    )
    await client.query(`prepare slow as ${textOf(statement)}`)
    const nulls = statement.values.map(() => 'null').join(', ')
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (verbose off, settings on) execute slow${nulls && `(${nulls})`}`,
    )
    return rows.slice(0, MAX_LINES).map((row) => row['QUERY PLAN'])
  } finally {
    await client.end()
  }
}
