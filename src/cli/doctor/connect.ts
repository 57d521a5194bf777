/** A connection to look into a database with, as the login of the settings; nothing is written on it. */

import { openDedicated } from '../../storage/connection/dedicated-connection.ts'
import type { OwnerConnection } from '../../storage/connection/owner-connection.ts'
import type { Runner } from '../../storage/database.ts'

const STATEMENT_MS = 5_000

export async function withLogin<T>(
  login: OwnerConnection | undefined,
  work: (db: Runner) => Promise<T>,
): Promise<T> {
  if (!login) throw new Error('There is no database to look into')
  const connection = await openDedicated({ ...login, statementTimeoutMs: STATEMENT_MS })
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}
