/**
 * Opens a record: its row, the identifiers that lead to it, its Patient. The primary key of `patient_identifier` decides
 * between requests that arrive together (rules F0, I1, I2).
 */
import type { Uuid } from '../../fhir/id.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type NewRecord = {
  readonly patientKey: Uuid
  readonly identifiers: readonly InsIdentifier[]
  readonly familyName: string
  /** Names as `$match` compares them (dmp/identity/match-grade.ts). */
  readonly traitsFolded: string
  /** `YYYY-MM-DD`. */
  readonly birthDate: string
  readonly sex: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly body: string
}

/** @returns false, and nothing written, when one of the identifiers already leads to a record */
export async function openRecord(transaction: Runner, record: NewRecord): Promise<boolean> {
  const { patientKey, now } = record
  if (!(await addIdentifiers(transaction, patientKey, record.identifiers, now))) return false
  const at = timestamp(now)
  await Promise.all([
    transaction.run(
      sql`insert into record (patient_key, status, family_name, birth_date, sex, traits_folded, opened_at, version)
        values (${patientKey}::uuid, 'open', ${record.familyName}::text, ${record.birthDate}::date,
          ${record.sex}::text, ${record.traitsFolded}::text, ${at}::timestamptz, 1)`,
    ),
    transaction.run(
      sql`insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
        values (${patientKey}::uuid, 'Patient', ${patientKey}::text, 1, ${at}::timestamptz, 'POST',
          ${record.body}::text, '{}')`,
    ),
  ])
  return true
}

/** @returns false when one of them already leads to a record; the transaction must then be given up */
export async function addIdentifiers(
  transaction: Runner,
  patientKey: Uuid,
  identifiers: readonly InsIdentifier[],
  now: number,
): Promise<boolean> {
  // In one order everywhere: two openings with the same identifiers wait for each other, they do not deadlock.
  const sorted = [...identifiers].sort((a, b) => (a.system + a.value < b.system + b.value ? -1 : 1))
  const added = await transaction.run(
    sql`insert into patient_identifier (system, value, patient_key, since)
      select i.system, i.value, ${patientKey}::uuid, ${timestamp(now)}::timestamptz
      from unnest(${sorted.map((i) => i.system)}::text[], ${sorted.map((i) => i.value)}::text[]) as i(system, value)
      on conflict do nothing returning value`,
  )
  return added.length === sorted.length
}

/** Given names may be completed later; the traits by which an identity is compared do not change (rule I3). */
export async function writeTraits(
  transaction: Runner,
  patientKey: Uuid,
  traitsFolded: string,
): Promise<void> {
  await transaction.run(
    sql`update record set traits_folded = ${traitsFolded}::text where patient_key = ${patientKey}::uuid`,
  )
}
