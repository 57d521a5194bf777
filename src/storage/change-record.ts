/**
 * Changes of a record's row that a Consent makes: who is authorised, who is blocked, who is médecin traitant. The row is
 * locked by the caller of these functions (record-facts.ts `lockRecord`), so each reads what it then writes.
 */
import type { Uuid } from '../fhir/id.ts'
import type { RecordFacts } from '../policy/facts.ts'
import type { Runner } from './database.ts'
import { sql } from './sql.ts'
import { timestamp } from './timestamp.ts'

export async function writeFacts(transaction: Runner, facts: RecordFacts): Promise<void> {
  await transaction.run(
    sql`update record set authorised_ids = ${facts.authorisations.map((a) => a.actor)}::text[],
        authorised_until = ${facts.authorisations.map((a) => timestamp(a.until))}::timestamptz[],
        blocked_ids = ${facts.blocked}::text[], medecin_traitant = ${facts.medecinTraitant}::text,
        version = ${facts.version + 1}::integer
      where patient_key = ${facts.patientKey}::uuid`,
  )
}

export type NewResource = {
  readonly patientKey: Uuid
  readonly type: string
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly body: string
}

export async function insertResource(transaction: Runner, resource: NewResource): Promise<void> {
  await transaction.run(
    sql`insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
      values (${resource.patientKey}::uuid, ${resource.type}::text, ${resource.id}::text, 1,
        ${timestamp(resource.lastUpdated)}::timestamptz, 'POST', ${resource.body}::text, '{}')`,
  )
}

/**
 * Writes the next version of a resource and keeps the one before, only if it is still the one that was read.
 * @returns false when it has changed meanwhile (lost update refused)
 */
export async function replaceResource(
  transaction: Runner,
  resource: NewResource,
  readVersion: number,
): Promise<boolean> {
  const rows = await transaction.run(
    sql`with before as (
        insert into resource_version (patient_key, type, id, version, last_updated, method, body, replaced_at)
        select c.patient_key, c.type, c.id, c.version, c.last_updated, c.method, c.body,
            ${timestamp(resource.lastUpdated)}::timestamptz
          from resource c
          where c.patient_key = ${resource.patientKey}::uuid and c.type = ${resource.type}::text
            and c.id = ${resource.id}::text and c.version = ${readVersion}::integer
        on conflict do nothing returning version
      )
      update resource c set version = b.version + 1, method = 'PUT', body = ${resource.body}::text,
          last_updated = ${timestamp(resource.lastUpdated)}::timestamptz
        from before b
        where c.patient_key = ${resource.patientKey}::uuid and c.type = ${resource.type}::text
          and c.id = ${resource.id}::text and c.version = b.version
        returning c.version`,
  )
  return rows.length === 1
}
