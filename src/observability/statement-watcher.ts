/** Who is told of statements once PostgreSQL has answered them, and of transactions. */
import type { Planning } from '../storage/runner.ts'
import type { Sql } from '../storage/sql.ts'

/**
 * Which way it went: with reads of other requests (batched-reads.ts), on a connection that others share, as a search
 * on one of its own, in a transaction, apart for what waits for the disk, or to a replica.
 */
export const ways = ['gathered', 'shared', 'search', 'transaction', 'apart', 'replica'] as const
export type Way = (typeof ways)[number]

export type AnsweredStatement = {
  readonly statement: Sql
  readonly way: Way
  readonly planning: Planning
  /** As long as whoever asked has waited: in line, on the wire, with those it left with, and in PostgreSQL. */
  readonly milliseconds: number
  /** Undefined: it failed. */
  readonly rows: number | undefined
}

export type StatementWatcher = {
  readonly answered: (statement: AnsweredStatement) => void
  /** @param waited until it had a connection @param lasted from then on */
  readonly transaction?: (waited: number, lasted: number) => void
}
