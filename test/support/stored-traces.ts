/** The traces of a database, in words, whichever test looks at them: oldest first. */
import type { Runner } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import {
  decodeTrace,
  type StoredTrace,
  type TraceColumns,
  traceColumns,
} from '../../src/storage/trace-columns.ts'

/** @param interaction none: all */
export async function storedTraces(db: Runner, interaction?: string): Promise<StoredTrace[]> {
  const rows = await db.run<TraceColumns>(sql`select ${traceColumns} from audit a order by a.id`)
  const traces = rows.map(decodeTrace)
  return traces.filter((trace) => interaction === undefined || trace.interaction === interaction)
}
