/**
 * The next version of a document. It changes only in what policy may let change: status, labels, archived; the version
 * before is kept. Whoever changes a document holds the record's lock, then the document's.
 * @see docs/policy.md V1, D2 to D4
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { changeEvents } from '../subscriptions/subscription-events.ts'
import { timestamp } from '../timestamp.ts'
import { type DocumentRow, documentColumns, type StoredDocument, storedDocument } from './read-document.ts'

/** The documents, held until the transaction ends: in one order, so that two who hold several wait and do not deadlock. */
export async function lockDocuments(
  transaction: Runner,
  patientKey: Uuid,
  ids: readonly Uuid[],
): Promise<StoredDocument[]> {
  const rows = await transaction.run<DocumentRow>(
    sql`select ${documentColumns}, d.body from document d
      where d.patient_key = ${patientKey}::uuid and d.id = any(${ids}::uuid[])
      order by d.id for no key update of d`,
  )
  return rows.flatMap((row) => storedDocument(row) ?? [])
}

export type NextDocument = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** The version it takes the place of. */
  readonly replaces: number
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly status: string
  readonly archived: boolean
  readonly masked: boolean
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
  readonly securityLabel: readonly string[]
  readonly body: string
}

/** @returns false, and nothing written, when the version it would replace is no longer the current one */
export async function writeDocument(transaction: Runner, next: NextDocument): Promise<boolean> {
  const at = timestamp(next.lastUpdated)
  const { told, lookedAtAgain } = changeEvents(next, next.replaces + 1)
  const rows = await transaction.run(
    sql`with before as (
        insert into resource_version (patient_key, type, id, version, last_updated, method, body, replaced_at)
        select d.patient_key, 'DocumentReference', d.id::text, d.version, d.last_updated,
            case when d.version = 1 then 'POST' else 'PATCH' end, d.body, ${at}::timestamptz
          from document d
          where d.patient_key = ${next.patientKey}::uuid and d.id = ${next.id}::uuid
            and d.version = ${next.replaces}::integer
        on conflict do nothing returning version
      ), told as (${told}), looked_at_again as (${lookedAtAgain})
      update document d set version = b.version + 1, last_updated = ${at}::timestamptz,
          status = ${next.status}::text, archived = ${next.archived}::boolean, masked = ${next.masked}::boolean,
          invisible_patient = ${next.invisiblePatient}::boolean, invisible_legal = ${next.invisibleLegal}::boolean,
          security_label = ${next.securityLabel}::text[], body = ${next.body}::text
        from before b
        where d.patient_key = ${next.patientKey}::uuid and d.id = ${next.id}::uuid and d.version = b.version
        returning d.version`,
  )
  return rows.length === 1
}
