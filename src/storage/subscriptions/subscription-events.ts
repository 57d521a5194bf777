/**
 * Events for those who have subscribed: written by the very statement that makes the change, one row for each
 * subscription that wants it, so that none is lost and none is told of what was rolled back. Who may know of it is not
 * asked here but when it is told (docs/decisions/0016).
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Runner } from '../database.ts'
import { documentCondition } from '../documents/document-condition.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

type Version = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970: the order in which events are told. */
  readonly lastUpdated: number
}

/** A statement, for a `with`: somebody deposits these documents. */
export function depositEvents(patientKey: Uuid, documents: readonly Uuid[], lastUpdated: number): Sql {
  return sql`insert into subscription_event (patient_key, subscription, focus, subject, version, recorded, state, number)
    select s.patient_key, s.id, 'DocumentReference/' || d.id::text || '/1', d.id, 1, ${timestamp(lastUpdated)}::timestamptz,
      'pending', 0
    from subscription s, unnest(${documents}::uuid[]) as d(id)
    where s.patient_key = ${patientKey}::uuid and s.topic = 'document-depose' and s.status <> 'off'
    on conflict do nothing`
}

/**
 * What lies in the record and is hidden from the subscriber when its subscription begins, or begins again: kept back like a
 * deposit to come that it may not see, for it can find these nowhere, and is to be told when they are opened.
 */
export async function keepBackHidden(
  transaction: Runner,
  { patientKey, id }: ResourceId,
  scope: DocumentScope,
): Promise<void> {
  // `is not true`: what `not` makes of a single label would be looked for among those of all records (`document_pending`).
  await transaction.run(
    sql`insert into subscription_event (patient_key, subscription, focus, subject, version, recorded, state, number)
      select d.patient_key, ${id}::uuid, 'DocumentReference/' || d.id::text || '/1', d.id, 1, d.last_updated, 'parked', 0
      from document d where d.patient_key = ${patientKey}::uuid and (${documentCondition(scope)}) is not true
      on conflict do nothing`,
  )
}

/**
 * The same for a change, behind a `before` that has a row when there is one. A deposit that was kept back because its
 * reader might not see the document is looked at again: if it is told, it is of now, in its order and in how long it is kept.
 */
export function changeEvents(
  { patientKey, id, lastUpdated }: Version,
  version: number,
): { readonly told: Sql; readonly lookedAtAgain: Sql } {
  return {
    told: sql`insert into subscription_event (patient_key, subscription, focus, subject, version, recorded, state, number)
      select s.patient_key, s.id, ${`DocumentReference/${id}/${version}`}::text, ${id}::uuid, ${version}::integer,
        ${timestamp(lastUpdated)}::timestamptz, 'pending', 0
      from before b, subscription s
      where s.patient_key = ${patientKey}::uuid and s.topic = 'document-modifie' and s.status <> 'off'
      on conflict do nothing`,
    lookedAtAgain: sql`update subscription_event e set state = 'pending',
        recorded = ${timestamp(lastUpdated)}::timestamptz from before b
      where e.patient_key = ${patientKey}::uuid and e.subject = ${id}::uuid and e.state = 'parked'`,
  }
}

/** Behind a `noticed` that returns the notices that are new (A10): an intervention is told of once, as the notice is. */
export const emergencyEvents: Sql = sql`insert into subscription_event (patient_key, subscription, focus, subject,
    version, recorded, state, number)
  select s.patient_key, s.id, 'AuditEvent/' || n.trace::text, n.trace, 1, n.recorded, 'pending', 0
  from noticed n join subscription s on s.patient_key = n.patient_key and s.recipient = n.recipient
  where n.kind in ('bris_de_glace', 'centre_15') and s.topic = 'acces-urgence' and s.status <> 'off'
  on conflict do nothing`
