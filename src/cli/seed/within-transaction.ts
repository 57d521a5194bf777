/**
 * The database as it is seen in a transaction, for interactions that would each have one of their own: they begin, and none
 * of them ends. What one of them gives up, all must give up: whoever calls throws.
 */
import type { Database, Transaction } from '../../storage/database.ts'

export function withinTransaction(db: Database, transaction: Transaction): Database {
  return {
    ...db,
    run: transaction.run,
    apart: {
      run: transaction.run,
      copyIn: () => Promise.reject(new Error('What is apart from a transaction has no place within one')),
    },
    async transaction(work) {
      const last: Promise<unknown>[] = []
      const done = await work({
        ...transaction,
        beforeCommit(...statements) {
          // What fails is told at the end; until then nobody listens.
          for (const statement of statements) statement.catch(() => undefined)
          last.push(...statements)
        },
      })
      await Promise.all(last)
      return done
    },
  }
}
