/** Whether this server can answer: the database is there, and the trace can be written to it. */
import { canServe } from '../storage/readiness.ts'
import type { Engine } from './engine.ts'

export async function isReady(engine: Pick<Engine, 'db'>): Promise<boolean> {
  try {
    return await canServe(engine.db.apart)
  } catch {
    // Not ready is the answer to any failure here; the connection's own error handler logs the cause.
    return false
  }
}
