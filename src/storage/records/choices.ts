/**
 * The Consent of each choice of a record: one for ever, found by what the choice is (dmp/choices/patient-choice.ts `choiceKey`).
 * Written under the record's lock; the primary key of `business_identifier` would refuse a second one all the same.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { term } from '../search-index/term.ts'
import { sql } from '../sql.ts'
import { recordTerm } from './search-record.ts'

export type StoredChoice = {
  readonly key: string
  readonly id: Uuid
  readonly version: number
  readonly lastUpdated: number
  readonly body: string
}

type ChoiceRow = Omit<StoredChoice, 'lastUpdated'> & { readonly last_updated: number }

export async function findChoices(
  runner: Runner,
  patientKey: Uuid,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredChoice>> {
  if (keys.length === 0) return new Map()
  const rows = await runner.run<ChoiceRow>(
    sql`select b.value as key, b.id, r.version, r.last_updated, r.body from business_identifier b
      join resource r on r.patient_key = b.patient_key and r.type = 'Consent' and r.id = b.id::text
      where b.patient_key = ${patientKey}::uuid and b.type = 'choice' and b.value = any(${keys}::text[])`,
  )
  return new Map(rows.map(({ last_updated: lastUpdated, ...row }) => [row.key, { ...row, lastUpdated }]))
}

export async function nameChoice(
  transaction: Runner,
  patientKey: Uuid,
  key: string,
  id: Uuid,
): Promise<void> {
  await transaction.run(
    sql`insert into business_identifier (patient_key, type, value, id)
      values (${patientKey}::uuid, 'choice', ${key}::text, ${id}::uuid)`,
  )
}

/**
 * A13: which of these documents the patient objects to. An objection is a Consent in force.
 * @param documents masterIdentifiers, as `system|value`
 */
export async function objectedDocuments(
  runner: Runner,
  patientKey: Uuid,
  documents: readonly string[],
): Promise<ReadonlySet<string>> {
  const keys = documents.map((document) => `${objection}${document}`)
  const rows = await runner.run<{ key: string }>(
    sql`select b.value as key from business_identifier b
      join resource r on r.patient_key = b.patient_key and r.type = 'Consent' and r.id = b.id::text
      where b.patient_key = ${patientKey}::uuid and b.type = 'choice' and b.value = any(${keys}::text[])
        and ${[term(recordTerm('Consent', 'status', 'active'))]}::uuid[] <@ r.terms`,
  )
  return new Set(rows.map(({ key }) => key.slice(objection.length)))
}

const objection = 'opposition-alimentation '
