/**
 * Statements that write and need nothing of each other, sent as one: each costs PostgreSQL and the way to it as much again.
 * They see the database as it was before any of them, and all are carried out, whatever their order.
 * @see https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
 */
import type { Runner } from '../database.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'

export type Write = {
  /** For those behind it that read what it returns. */
  readonly name?: string
  /** An insert, update or delete without a `with` of its own. */
  readonly statement: Sql
}

export async function runTogether(transaction: Runner, writes: readonly Write[]): Promise<void> {
  const last = writes.at(-1)
  if (!last) return
  const before = writes
    .slice(0, -1)
    .map(({ name: named, statement }, i) => sql`${name(named ?? `write_${i}`)} as (${statement})`)
  await transaction.run(
    before.length > 0 ? sql`with ${joinSql(before, ', ')} ${last.statement}` : last.statement,
  )
}

/** Rows of one statement: few sizes, so that few statements are kept prepared. */
const BATCHES = [16, 4, 1] as const

export function inBatches<T>(rows: readonly T[]): T[][] {
  const batches: T[][] = []
  let at = 0
  for (const size of BATCHES)
    for (; rows.length - at >= size; at += size) batches.push(rows.slice(at, at + size))
  return batches
}
