/** What a command does on the server's database as its owner, beside a server that goes on serving. */
import { type Database, openDatabase } from '../storage/database.ts'
import type { CommandIo } from './command.ts'
import { databaseConfig } from './command-config.ts'
import { findOwner } from './owner-database.ts'

/** One statement of a command may take long. */
const PATIENCE_MS = 600_000

/** Finds the database by DATABASE_URL or DMP_DATA_DIR, and leaves everything as it was. */
export async function asOwner<T>({ env }: CommandIo, work: (db: Database) => Promise<T>): Promise<T> {
  const closing: (() => Promise<void>)[] = []
  try {
    // Secrets of a server are not needed here, and not asked for.
    const config = databaseConfig(env)
    const owner = await findOwner(config, closing)
    // What breaks a connection fails the statement on it too, and is told there.
    const db = openDatabase({ ...owner, statementTimeoutMs: PATIENCE_MS }, () => undefined)
    closing.push(() => db.close())
    return await work(db)
  } finally {
    for (const close of closing.reverse()) await close()
  }
}
