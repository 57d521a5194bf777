/**
 * A connection as the owner of the schema: for migrations, grants and partitions, never for a request. It needs session
 * locks, hence a direct connection (or a pool in session mode), not a pooler in transaction mode.
 */
import pg from 'pg'
import type { Runner } from '../database.ts'
import { compileSql, type Sql } from '../sql.ts'
import type { ConnectionSettings } from './connection-settings.ts'

export type OwnerConnection = Omit<ConnectionSettings, 'role' | 'statementTimeoutMs'>

/** What this project's jobs lock against each other, each in its own database. */
export const advisoryLocks = {
  migrate: 1_144_877_010,
  auditPartitions: 1_144_877_011,
  announcements: 1_144_877_012,
  notices: 1_144_877_020,
  usage: 1_144_877_030,
} as const

export async function withOwner<T>(
  owner: OwnerConnection,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...owner,
    connectionTimeoutMillis: 10_000,
    // A migration may take long, and its texts must not mean something else under the login's own settings.
    options:
      '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c timezone=UTC -c search_path=public',
  })
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw lost ?? error
  } finally {
    await client.end()
  }
}

/** The statements of this folder on such a connection. */
export function runnerOn(client: pg.Client): Runner {
  return { run: async <Row>(statement: Sql) => (await client.query(compileSql(statement))).rows as Row[] }
}

export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // When the rollback fails too the connection is gone, and PostgreSQL rolls back by itself.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
