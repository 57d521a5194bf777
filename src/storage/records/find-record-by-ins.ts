/** The record to which an INS leads, present or past (rule I2), and how it was closed: one round trip. */
import type { InsIdentifier } from '../../policy/caller.ts'
import type { Snapshots } from '../database.ts'
import { sql } from '../sql.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'

export type FoundRecord = {
  readonly record: KnownRecord
  /** Undefined for an open record. `at` in milliseconds since 1970. */
  readonly closing: { readonly at: number; readonly reason: string } | undefined
}

type Row = FactsRow & { readonly closed_at: number | null; readonly closing_reason: string }

export async function findRecordByIns(
  db: Snapshots,
  ins: InsIdentifier,
  asker: Asker,
): Promise<FoundRecord | undefined> {
  const [[row]] = await db.together<[Row]>(
    sql`select ${factsColumns(asker)}, r.closed_at, r.closing_reason
      from patient_identifier p join record r on r.patient_key = p.patient_key
      where p.system = ${ins.system}::text and p.value = ${ins.value}::text`,
  )
  if (!row) return undefined
  const record = knownRecord(row)
  const closing = row.closed_at === null ? undefined : { at: row.closed_at, reason: row.closing_reason }
  return { record, closing }
}
