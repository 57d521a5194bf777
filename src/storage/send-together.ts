/**
 * Statements that come up in one turn of the event loop leave in one write: a system call, and a wake-up of PostgreSQL,
 * for all of them (together 6 to 10 % of the CPU of a read, bench/). Nobody waits longer than the turn.
 */
import type { Duplex } from 'node:stream'
import type pg from 'pg'

const holding = new WeakSet<Duplex>()

export function sendTogether(client: pg.Client | pg.PoolClient): void {
  const { stream } = client.connection
  if (holding.has(stream)) return
  holding.add(stream)
  stream.cork()
  setImmediate(() => {
    holding.delete(stream)
    stream.uncork()
  })
}
