/** The record to which something is addressed, with what identifies its holder: for feeding. */
import type { Uuid } from '../../fhir/id.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'

export type Subject = {
  readonly record: KnownRecord
  /** Every INS, present or past, under which the record is known (rule I2). */
  readonly ins: readonly InsIdentifier[]
  readonly traits: { readonly family: string; readonly gender: string; readonly birthDate: string }
}

export type SubjectSelector = { readonly patientKey: Uuid } | { readonly ins: InsIdentifier }

type SubjectRow = FactsRow & {
  readonly family_name: string
  readonly sex: string
  readonly birth_date: string
  readonly systems: string[]
  readonly matricules: string[]
}

export async function findSubject(
  db: Runner,
  selector: SubjectSelector,
  asker: Asker,
): Promise<Subject | undefined> {
  const key =
    'patientKey' in selector
      ? sql`${selector.patientKey}::uuid`
      : sql`(select p.patient_key from patient_identifier p
          where p.system = ${selector.ins.system}::text and p.value = ${selector.ins.value}::text)`
  const [row] = await db.run<SubjectRow>(
    sql`select ${factsColumns(asker)}, r.family_name, r.sex, r.birth_date::text as birth_date,
        array(select i.system from patient_identifier i where i.patient_key = r.patient_key
          order by i.system, i.value) as systems,
        array(select i.value from patient_identifier i where i.patient_key = r.patient_key
          order by i.system, i.value) as matricules
      from record r where r.patient_key = ${key}`,
  )
  if (!row) return undefined
  return {
    record: knownRecord(row),
    ins: row.systems.map((system, i) => ({ system, value: row.matricules[i] ?? '' })),
    traits: { family: row.family_name, gender: row.sex, birthDate: row.birth_date },
  }
}
