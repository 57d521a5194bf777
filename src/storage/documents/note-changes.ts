/**
 * The order in which versions of documents were committed (decision 0014). The row of `document_clock` is held from here to
 * the commit, and `at` grows with every writer of the record: whoever has read up to an `at` has read all before it, and
 * whatever commits later lies behind it. The clock is that of the database at this moment, not that of the request: how far
 * `at` lies behind `meta.lastUpdated` tells how long a request took, and nothing of other writers (rule V7).
 *
 * INVARIANT: the last statement before the commit. What a transaction does while it holds the clock, others of the record
 * wait for; a transaction that waited for one of them then would wait for ever.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type WrittenVersion = { readonly id: Uuid; readonly version: number }

/** @param now milliseconds since 1970: what `meta.lastUpdated` of these versions says */
export async function noteChanges(
  transaction: Runner,
  patientKey: Uuid,
  written: readonly WrittenVersion[],
  now: number,
): Promise<void> {
  if (written.length === 0) return
  await transaction.run(
    sql`with tick as (
        insert into document_clock as c (patient_key, at) values (${patientKey}::uuid,
          greatest(${timestamp(now)}::timestamptz, date_trunc('milliseconds', clock_timestamp())))
        on conflict (patient_key) do update set at = greatest(excluded.at, c.at + interval '1 millisecond')
        returning at
      )
      insert into document_change (patient_key, at, id, version)
      select ${patientKey}::uuid, tick.at, w.id, w.version
      from tick, unnest(${written.map(({ id }) => id)}::uuid[], ${written.map(({ version }) => version)}::integer[])
        as w(id, version)`,
  )
}
