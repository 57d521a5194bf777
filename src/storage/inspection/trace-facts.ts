/** Whether traces have where to go, and whether they are signed. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type PartitionFacts = {
  /** Of `audit`, as `audit_2026_11`. */
  readonly months: readonly string[]
  /** Whether some of this month or a later one lie in the partition for what has none. */
  readonly late: boolean
}

/** @param from the first id of this month: made-up records have traces of before there was a server, which stay there */
export async function readPartitionFacts(db: Runner, from: Uuid): Promise<PartitionFacts> {
  const [facts] = await db.run<PartitionFacts>(
    sql`select array(select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'public.audit'::regclass order by c.relname) as months,
        exists (select from audit_default a where a.id >= ${from}::uuid) as late`,
  )
  return facts ?? { months: [], late: false }
}
