/**
 * Documents that wait to be announced to the patient (V4), over all records, oldest first: by the time in their ids, in
 * bounded batches, by one process at a time. A closed record waits until it is open again; a document
 * that was deleted is announced to nobody.
 */
import { type Uuid, uuidV7 } from '../../fhir/id.ts'
import { advisoryLocks } from '../connection/owner-connection.ts'
import type { Runner } from '../database.ts'
import {
  type DocumentRow,
  documentColumns,
  type StoredDocument,
  storedDocument,
} from '../documents/read-document.ts'
import { sql } from '../sql.ts'

/**
 * Whether this transaction is the one to do the job now; until it ends no other is. What it then reads it reads after those
 * before it have ended.
 */
export async function takeTurn(
  transaction: Runner,
  job: 'announcements' | 'notices' | 'usage',
): Promise<boolean> {
  const [row] = await transaction.run<{ taken: boolean }>(
    sql`select pg_try_advisory_xact_lock(${advisoryLocks[job]}::bigint) as taken`,
  )
  return row?.taken === true
}

export type PendingDocument = StoredDocument & {
  readonly patientKey: Uuid
  /** What the patient of its record wants of documents. */
  readonly maskedByDefault: boolean
}
type PendingRow = DocumentRow & { readonly patient_key: Uuid; readonly masked_by_default: boolean }

/**
 * What was deposited at `until` or before, held until the transaction ends; what somebody changes now is left for later.
 * @param until milliseconds since 1970
 */
export async function lockPendingDocuments(
  transaction: Runner,
  until: number,
  limit: number,
): Promise<PendingDocument[]> {
  const rows = await transaction.run<PendingRow>(
    sql`select d.patient_key, r.masked_by_default, ${documentColumns}, d.body from document d
      join record r on r.patient_key = d.patient_key and r.status = 'open'
      where d.invisible_patient and d.id < ${after(until)}::uuid and d.status <> 'entered-in-error'
      order by d.id limit ${limit}::integer for no key update of d skip locked`,
  )
  return rows.flatMap((row) => {
    const document = storedDocument(row)
    return document
      ? [{ ...document, patientKey: row.patient_key, maskedByDefault: row.masked_by_default }]
      : []
  })
}

export type ToAnnounce = { readonly patientKey: Uuid; readonly id: Uuid; readonly version: number }

/**
 * What was deposited within a time and is still to be told of.
 * @param time milliseconds since 1970: behind `since`, at `until` or before
 * @param beyond the last of the batch before
 */
export async function findToAnnounce(
  db: Runner,
  { since, until }: { readonly since: number; readonly until: number },
  limit: number,
  beyond: Uuid | undefined,
): Promise<ToAnnounce[]> {
  const start = beyond ?? after(since)
  const rows = await db.run<{ patient_key: Uuid; id: Uuid; version: number }>(
    sql`select d.patient_key, d.id, d.version from document d
      join record r on r.patient_key = d.patient_key and r.status = 'open'
      where d.invisible_patient and d.id > ${start}::uuid and d.id < ${after(until)}::uuid
        and d.status <> 'entered-in-error'
        and not exists (select from notice n
          where n.patient_key = d.patient_key and n.key = 'annonce-a-venir ' || d.id::text)
      order by d.id limit ${limit}::integer`,
  )
  return rows.map(({ patient_key: patientKey, ...row }) => ({ patientKey, ...row }))
}

export function announcementKey(id: Uuid): string {
  return `annonce-a-venir ${id}`
}

/** The first id of the millisecond that follows. */
function after(milliseconds: number): Uuid {
  return uuidV7(milliseconds + 1, new Uint8Array(10))
}
