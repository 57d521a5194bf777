/**
 * The policy facts of a record: its row, and whether it is the caller's own.
 */
import type { Uuid } from '../fhir/id.ts'
import type { InsIdentifier } from '../policy/caller.ts'
import type { ActorId, RecordFacts } from '../policy/facts.ts'
import type { Runner } from './database.ts'
import { type Sql, sql } from './sql.ts'
import { milliseconds } from './timestamp.ts'

/** One column for all: pg describes each column of each answer anew, which costs more than the JSON of a few facts. */
export type FactsRow = {
  readonly facts: {
    readonly key: Uuid
    readonly status: 'open' | 'closed'
    readonly authorised: readonly ActorId[]
    readonly until: readonly string[]
    readonly blocked: readonly ActorId[]
    readonly medecinTraitant: string
    readonly maskedByDefault: boolean
    readonly version: number
    readonly holder: boolean
  }
}

export type KnownRecord = {
  readonly facts: RecordFacts
  readonly holder: boolean
  readonly maskedByDefault: boolean
}

/** A column of `record r`. @param holderIns the INS of the caller, or of the person for whom it acts */
export function factsColumns(holderIns: InsIdentifier | undefined): Sql {
  return sql`json_build_object('key', r.patient_key, 'status', r.status, 'authorised', r.authorised_ids,
    'until', r.authorised_until::text[], 'blocked', r.blocked_ids, 'medecinTraitant', r.medecin_traitant,
    'maskedByDefault', r.masked_by_default, 'version', r.version, 'holder', ${isHolder(holderIns)}) as facts`
}

function isHolder(ins: InsIdentifier | undefined): Sql {
  if (!ins) return sql`false`
  return sql`exists (select from patient_identifier h
    where h.system = ${ins.system}::text and h.value = ${ins.value}::text and h.patient_key = r.patient_key)`
}

export function knownRecord({ facts }: FactsRow): KnownRecord {
  const { key, status, authorised, until, blocked, medecinTraitant, version } = facts
  return {
    facts: {
      patientKey: key,
      status,
      authorisations: authorised.map((actor, i) => ({ actor, until: milliseconds(until[i] ?? '-infinity') })),
      blocked,
      medecinTraitant,
      version,
    },
    holder: facts.holder,
    maskedByDefault: facts.maskedByDefault,
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
