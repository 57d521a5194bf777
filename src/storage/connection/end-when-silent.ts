/**
 * Gives a connection up whose PostgreSQL says nothing although it was asked: `statement_timeout` is PostgreSQL's own, and of a
 * machine that is gone, or paused, TCP tells nobody for a quarter of an hour. What waits on it fails as on any lost connection.
 * One look a second, and nothing for each statement: `drain` tells that all was answered, and what was sent since was not.
 */
import type pg from 'pg'

const LOOK_MS = 1_000

/** `pg` opens a socket, with or without TLS; its types say less. */
type Counting = pg.Connection['stream'] & { readonly bytesWritten: number; readonly bytesRead: number }

/** @param silenceMs longer than any statement may take: it begins anew with each byte that comes */
export function endWhenSilent(client: pg.Client | pg.PoolClient, silenceMs: number): void {
  const stream = client.connection.stream as Counting
  let answered = stream.bytesWritten
  let read = stream.bytesRead
  let silentSince: number | undefined
  client.on('drain', () => {
    answered = stream.bytesWritten
  })
  const look = setInterval(() => {
    const isSilent = stream.bytesRead === read && stream.bytesWritten > answered
    read = stream.bytesRead
    silentSince = isSilent ? (silentSince ?? performance.now()) : undefined
    if (silentSince !== undefined && performance.now() - silentSince > silenceMs)
      stream.destroy(new Error('Connection terminated: PostgreSQL says nothing'))
  }, LOOK_MS)
  look.unref()
  stream.once('close', () => clearInterval(look))
}
