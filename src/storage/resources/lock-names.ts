/**
 * Locks by name, held to the end of the transaction: conditions first (`Patient?identifier=…`), then the resources that
 * are addressed (`Patient/1`). Within a call they are taken in one order everywhere, so no two transactions that keep to
 * this wait for each other in a circle.
 *
 * Two names may share a lock (64 bits of a hash): then one waits for the other without need.
 */
import { hash } from 'node:crypto'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export async function lockNames(transaction: Runner, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const keys = [...new Set(names.map(keyOf))].sort((a, b) => (a < b ? -1 : 1)).map(String)
  // A set-returning function gives its rows one by one, in the order of the array.
  await transaction.run(sql`select pg_advisory_xact_lock(n.key) from unnest(${keys}::bigint[]) as n(key)`)
}

function keyOf(name: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hash('sha256', name, 'hex').slice(0, 16)}`))
}
