/** What the database says of itself in one question: whether it takes writes and traces, and how far it was migrated. */
import type { Runner } from './database.ts'
import { sql } from './sql.ts'

export type DatabaseReadiness = {
  readonly takesWrites: boolean
  readonly takesTraces: boolean
  /** The number of the last migration. */
  readonly migrated: number
}

export async function readDatabaseReadiness(db: Runner): Promise<DatabaseReadiness> {
  const [row] = await db.run<{ writes: boolean; traces: boolean; migrated: number }>(
    sql`select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writes,
      has_table_privilege('audit', 'insert') as traces,
      (select coalesce(max(m.number), 0) from schema_migration m) as migrated`,
  )
  if (!row) throw new Error('No answer of the database')
  return { takesWrites: row.writes, takesTraces: row.traces, migrated: row.migrated }
}
