/** Which failures PostgreSQL itself has told: after all others it is not known what it did. */
import pg from 'pg'

/** Whether PostgreSQL itself has said no, and lives: of anything else it is not known what it did. */
export function wasRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR'
}
