/**
 * Resources of a record that have a business identifier of their own kind: one for ever, so that who sends twice has sent
 * once. Written under the record's lock; the primary key of `business_identifier` would refuse a second one all the same.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type NamedType = 'Communication' | 'Appointment'

export type NamedResource = {
  readonly id: Uuid
  readonly version: number
  readonly lastUpdated: number
  readonly body: string
}

export async function findNamed(
  runner: Runner,
  patientKey: Uuid,
  type: NamedType,
  name: string,
): Promise<NamedResource | undefined> {
  const [row] = await runner.run<Omit<NamedResource, 'lastUpdated'> & { readonly last_updated: number }>(
    sql`select b.id, r.version, r.last_updated, r.body from business_identifier b
      join resource r on r.patient_key = b.patient_key and r.type = ${type}::text and r.id = b.id::text
      where b.patient_key = ${patientKey}::uuid and b.type = ${type}::text and b.value = ${name}::text`,
  )
  if (!row) return undefined
  const { last_updated: lastUpdated, ...found } = row
  return { ...found, lastUpdated }
}

export async function nameResource(
  transaction: Runner,
  patientKey: Uuid,
  type: NamedType,
  name: string,
  id: Uuid,
): Promise<void> {
  await transaction.run(
    sql`insert into business_identifier (patient_key, type, value, id)
      values (${patientKey}::uuid, ${type}::text, ${name}::text, ${id}::uuid)`,
  )
}
