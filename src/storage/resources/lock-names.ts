/**
 * Locks by name, held to the end of the transaction: for what has no row that could be locked, the conditions of writes
 * (`Patient?identifier=…`). They are taken in one order everywhere, and before any row (lock-resources.ts), so no two
 * transactions that keep to this wait for each other in a circle.
 *
 * PostgreSQL's table of locks is shared by everybody and of a fixed size, some thousands. A transaction with many names
 * takes one lock instead, the gate, which all others share: it then waits for whoever holds a name, and they for it.
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 *
 * Two names may share a lock (64 bits of a hash): then one waits for the other without need.
 */
import { hash } from 'node:crypto'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

/** Eight transactions at once in a server: a third of the locks that PostgreSQL has room for as it is delivered. */
export const MAX_NAMES = 256

/** Taken first: no name has a key as low. */
const GATE = String(-(2n ** 63n))

export async function lockNames(transaction: Runner, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const distinct = [...new Set(names)]
  if (distinct.length > MAX_NAMES) {
    await transaction.run(sql`select pg_advisory_xact_lock(${GATE}::bigint)`)
    return
  }
  const keys = [...new Set(distinct.map(keyOf))].sort((a, b) => (a < b ? -1 : 1)).map(String)
  // A set-returning function gives its rows one by one, in the order of the array.
  await transaction.run(
    sql`select case when n.key = ${GATE}::bigint then pg_advisory_xact_lock_shared(n.key)
          else pg_advisory_xact_lock(n.key) end
        from unnest(${[GATE, ...keys]}::bigint[]) as n(key)`,
  )
}

/** Never that of the gate. */
function keyOf(name: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hash('sha256', name, 'hex').slice(0, 16)}`) | 1n)
}
