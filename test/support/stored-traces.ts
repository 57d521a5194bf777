/** The traces of a database, in words, whichever test looks at them: oldest first. */
import type { Runner } from '../../src/storage/database.ts'
import { sql } from '../../src/storage/sql.ts'
import { decodeTrace, type StoredTrace, type TraceColumns } from '../../src/storage/traces/trace-columns.ts'

type Query = (text: string) => Promise<readonly object[]>

/** @param interaction none: all */
export async function storedTraces(from: Runner | Query, interaction?: string): Promise<StoredTrace[]> {
  const rows: readonly object[] =
    typeof from === 'function'
      ? await from('select a.* from audit a order by a.id')
      : await from.run<TraceColumns>(sql`select a.* from audit a order by a.id`)
  const traces = rows.map((row) => decodeTrace(row as TraceColumns))
  return traces.filter((trace) => interaction === undefined || trace.interaction === interaction)
}
