/** A few wrapped keys of records, to see whether the master key of the settings opens them. */
import type { Uuid } from '../../fhir/id.ts'
import type { StoredRecordKey } from '../contents/content-keys.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type KeyOfRecord = StoredRecordKey & { readonly patientKey: Uuid }

/** The first and the last by their key: those of the oldest records and of the newest. */
export async function someRecordKeys(db: Runner, each: number): Promise<KeyOfRecord[]> {
  return db.run<KeyOfRecord>(
    sql`(select k.patient_key as "patientKey", k.wrapped, k.master from record_key k
        order by k.patient_key limit ${each}::integer)
      union
      (select k.patient_key, k.wrapped, k.master from record_key k
        order by k.patient_key desc limit ${each}::integer)`,
  )
}
