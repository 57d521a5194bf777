/** Whatever runs statements: a database, a transaction, a replica, a connection of its own. */
import type { Sql } from './sql.ts'

/** `generic`: one plan for all values, made once. `custom`: a plan for these very values, made anew each time. */
export type Planning = 'generic' | 'custom'

export type Runner = {
  /** Rows of one statement, prepared by its text. */
  run<Row>(statement: Sql, planning?: Planning): Promise<Row[]>
}
