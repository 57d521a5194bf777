/** The keys of records, wrapped: this folder never sees one open. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

/** @see content/record-key.ts */
export type StoredRecordKey = {
  readonly wrapped: Buffer
  /** Name of the master key that wraps it. */
  readonly master: string
}

export async function findRecordKey(db: Runner, patientKey: Uuid): Promise<StoredRecordKey | undefined> {
  const [row] = await db.run<StoredRecordKey>(
    sql`select k.wrapped, k.master from record_key k where k.patient_key = ${patientKey}::uuid`,
  )
  return row
}

/** @returns false when the record has one already */
export async function insertRecordKey(
  transaction: Runner,
  patientKey: Uuid,
  { wrapped, master }: StoredRecordKey,
): Promise<boolean> {
  const rows = await transaction.run(
    sql`insert into record_key (patient_key, wrapped, master)
      values (${patientKey}::uuid, ${wrapped}::bytea, ${master}::text)
      on conflict do nothing returning patient_key`,
  )
  return rows.length === 1
}

/** The master keys in use: from one name to the next, whatever number of rows each has. */
export async function mastersInUse(db: Runner): Promise<string[]> {
  const rows = await db.run<{ master: string }>(
    sql`with recursive named(master) as (
        select min(k.master) from record_key k
        union all
        select (select min(k.master) from record_key k where k.master > n.master) from named n where n.master is not null
      )
      select n.master from named n where n.master is not null`,
  )
  return rows.map(({ master }) => master)
}
