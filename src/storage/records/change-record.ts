/**
 * Changes of a record: the row that policy reads, and the resources that are no documents. The row is locked by the caller
 * of these functions (record-facts.ts `lockRecord`), so each reads what it then writes.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { RecordFacts } from '../../policy/facts.ts'
import type { Write } from '../connection/run-together.ts'
import type { Runner } from '../database.ts'
import { term } from '../search-index/term.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { writeStanding } from './standing.ts'

/** @param now milliseconds since 1970: when a standing begins */
export async function writeFacts(transaction: Runner, facts: RecordFacts, now: number): Promise<void> {
  const row = transaction.run(
    sql`update record set authorised_ids = ${facts.authorisations.map((a) => a.actor)}::text[],
        authorised_until = ${facts.authorisations.map((a) => timestamp(a.until))}::timestamptz[],
        blocked_ids = ${facts.blocked}::text[], medecin_traitant = ${facts.medecinTraitant}::text,
        care_teams = ${JSON.stringify(facts.careTeams)}::jsonb,
        bris_de_glace_allowed = ${facts.emergency.brisDeGlace}::boolean,
        centre_15_allowed = ${facts.emergency.centre15}::boolean,
        masked_in_emergency = ${facts.emergency.masked}::boolean,
        masked_by_default = ${facts.maskedByDefault}::boolean,
        notices_of_changes = ${facts.noticesOfChanges}::boolean,
        version = ${facts.version + 1}::integer
      where patient_key = ${facts.patientKey}::uuid`,
  )
  await Promise.all([row, writeStanding(transaction, facts, now)])
}

/** A12: a closed record keeps what it holds; reactivated, it is as it was. */
export async function closeRecord(
  transaction: Runner,
  patientKey: Uuid,
  closing: { readonly at: number; readonly reason: string } | undefined,
): Promise<void> {
  const at = closing ? timestamp(closing.at) : null
  await transaction.run(
    sql`update record set status = ${closing ? 'closed' : 'open'}::text, closed_at = ${at}::timestamptz,
        closing_reason = ${closing?.reason ?? ''}::text, version = version + 1
      where patient_key = ${patientKey}::uuid`,
  )
}

export type NewResource = {
  readonly patientKey: Uuid
  readonly type: string
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly body: string
  /** What a search of the record finds it by, as `recordTerm` makes them; left out: it is found by its id alone. */
  readonly terms?: readonly string[]
}

export async function insertResource(transaction: Runner, resource: NewResource): Promise<void> {
  await transaction.run(resourceInsertion([resource]).statement)
}

/** @param resources one at least */
export function resourceInsertion(resources: readonly NewResource[]): Write {
  const row = (resource: NewResource): Sql =>
    sql`(${resource.patientKey}::uuid, ${resource.type}::text, ${resource.id}::text, 1,
      ${timestamp(resource.lastUpdated)}::timestamptz, 'POST', ${resource.body}::text, ${termsOf(resource)}::uuid[])`
  return {
    statement: sql`insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
      values ${joinSql(resources.map(row), ', ')}`,
  }
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
          terms = ${termsOf(resource)}::uuid[], last_updated = ${timestamp(resource.lastUpdated)}::timestamptz
        from before b
        where c.patient_key = ${resource.patientKey}::uuid and c.type = ${resource.type}::text
          and c.id = ${resource.id}::text and c.version = b.version
        returning c.version`,
  )
  return rows.length === 1
}

function termsOf({ terms = [] }: NewResource): string[] {
  return terms.map(term)
}
