/** Asks the database whether it is writable and whether our role may insert traces. */
import type { Runner } from './database.ts'
import { sql } from './sql.ts'

export async function canServe(db: Runner): Promise<boolean> {
  const [row] = await db.run<{ ready: boolean }>(
    sql`select not pg_is_in_recovery() and has_table_privilege('audit', 'insert') as ready`,
  )
  return row?.ready === true
}
