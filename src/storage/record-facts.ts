/**
 * The policy facts of a record: its row, and whether it is the caller's own.
 */
import type { Uuid } from '../fhir/id.ts'
import type { InsIdentifier } from '../policy/caller.ts'
import type { ActorId, RecordFacts } from '../policy/facts.ts'
import type { Runner } from './database.ts'
import { type Sql, sql } from './sql.ts'

export type FactsRow = {
  readonly patient_key: Uuid
  readonly record_status: 'open' | 'closed'
  readonly authorised_ids: ActorId[]
  readonly authorised_until: number[]
  readonly blocked_ids: ActorId[]
  readonly medecin_traitant: string
  readonly masked_by_default: boolean
  readonly record_version: number
  readonly holder: boolean
}

export type KnownRecord = {
  readonly facts: RecordFacts
  readonly holder: boolean
  readonly maskedByDefault: boolean
}

/** Columns of `record r`. @param holderIns the INS of the caller, or of the person for whom it acts */
export function factsColumns(holderIns: InsIdentifier | undefined): Sql {
  return sql`r.patient_key, r.status as record_status, r.authorised_ids, r.authorised_until, r.blocked_ids,
    r.medecin_traitant, r.masked_by_default, r.version as record_version, ${isHolder(holderIns)} as holder`
}

function isHolder(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`false`
  return sql`exists (select from patient_identifier h
    where h.system = ${ins.system}::text and h.value = ${ins.value}::text and h.patient_key = r.patient_key)`
}

export function knownRecord(row: FactsRow): KnownRecord {
  return {
    facts: {
      patientKey: row.patient_key,
      status: row.record_status,
      authorisations: row.authorised_ids.map((actor, i) => ({ actor, until: row.authorised_until[i] ?? 0 })),
      blocked: row.blocked_ids,
      medecinTraitant: row.medecin_traitant,
      version: row.record_version,
    },
    holder: row.holder,
    maskedByDefault: row.masked_by_default,
  }
}

export async function findRecord(
  db: Runner,
  patientKey: Uuid,
  holderIns: InsIdentifier | undefined,
): Promise<KnownRecord | undefined> {
  const [row] = await db.run<FactsRow>(
    sql`select ${factsColumns(holderIns)} from record r where r.patient_key = ${patientKey}::uuid`,
  )
  return row && knownRecord(row)
}

/**
 * The same, held until the transaction ends: what was decided stays true until what it allowed is written, and two
 * changes of one record come one after the other (every writer takes this lock first, hence no deadlock).
 */
export async function lockRecord(
  transaction: Runner,
  patientKey: Uuid,
  holderIns: InsIdentifier | undefined,
  strength: 'share' | 'change',
): Promise<KnownRecord | undefined> {
  const lock = strength === 'share' ? sql`for share of r` : sql`for no key update of r`
  const [row] = await transaction.run<FactsRow>(
    sql`select ${factsColumns(holderIns)} from record r where r.patient_key = ${patientKey}::uuid ${lock}`,
  )
  return row && knownRecord(row)
}

/** The record to which an INS, present or past, leads (rule I2). */
export async function findPatientKey(db: Runner, ins: InsIdentifier): Promise<Uuid | undefined> {
  const [row] = await db.run<{ patient_key: Uuid }>(
    sql`select p.patient_key from patient_identifier p
      where p.system = ${ins.system}::text and p.value = ${ins.value}::text`,
  )
  return row?.patient_key
}
