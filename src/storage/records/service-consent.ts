/**
 * What a patient has opened to third-party services (rule S1): a row for each service, kept with the Consent that says so
 * and written under the record's lock.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { ServiceConsent } from '../../policy/third-party-service.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type NewServiceConsent = ServiceConsent & {
  readonly patientKey: Uuid
  readonly service: string
  readonly consentId: Uuid
}

export async function writeServiceConsent(transaction: Runner, opened: NewServiceConsent): Promise<void> {
  const { patientKey, service, purposes, types, until, consentId } = opened
  await transaction.run(
    sql`insert into service_consent (patient_key, service, purposes, document_types, valid_until, consent_id)
      values (${patientKey}::uuid, ${service}::text, ${[...purposes]}::text[], ${[...types]}::text[],
        ${timestamp(until)}::timestamptz, ${consentId}::uuid)
      on conflict (patient_key, service) do update
        set purposes = excluded.purposes, document_types = excluded.document_types,
          valid_until = excluded.valid_until, consent_id = excluded.consent_id`,
  )
}

export type OpenedService = { readonly service: string; readonly until: number; readonly consentId: Uuid }

/** Those to which the record is open now, the last to end first. */
export async function listServices(db: Runner, patientKey: Uuid, now: number): Promise<OpenedService[]> {
  const rows = await db.run<{ service: string; valid_until: number; consent_id: Uuid }>(
    sql`select v.service, v.valid_until, v.consent_id from service_consent v
      where v.patient_key = ${patientKey}::uuid and v.valid_until > ${timestamp(now)}::timestamptz
      order by v.valid_until desc, v.consent_id`,
  )
  return rows.map((row) => ({ service: row.service, until: row.valid_until, consentId: row.consent_id }))
}

export async function removeServiceConsent(
  transaction: Runner,
  patientKey: Uuid,
  service: string,
): Promise<void> {
  await transaction.run(
    sql`delete from service_consent where patient_key = ${patientKey}::uuid and service = ${service}::text`,
  )
}
