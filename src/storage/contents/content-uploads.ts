/**
 * Objects in a store elsewhere that no content names. A row is committed before the first byte is sent, and is taken away
 * by the very transaction that makes a content of it; what is still here long after was left over by one that never came,
 * by another's winning, or by the end of a record. Nothing is removed that a transaction may still take in: both hold the row.
 */
import { NO_PATIENT, type Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import type { NewContent } from './content-rows.ts'

/** @param started milliseconds since 1970 */
export async function insertUploads(
  db: Runner,
  patientKey: Uuid,
  locations: readonly string[],
  started: number,
): Promise<void> {
  await db.run(
    sql`insert into content_upload (patient_key, location, started)
      select ${patientKey}::uuid, l.location, ${timestamp(started)}::timestamptz
      from unnest(${locations}::text[]) as l(location)`,
  )
}

/**
 * Makes a content of an object that was uploaded. Where the record has that content already, the object stays left over.
 * @returns false when the upload has been given up meanwhile: the object is gone, or about to go
 */
export async function insertUploadedContent(
  transaction: Runner,
  content: Omit<NewContent, 'bytes'> & { readonly location: string },
): Promise<boolean> {
  const { patientKey, sha256, size, wrappedKey, location } = content
  const [row] = await transaction.run<{ held: number }>(
    sql`with held as (
        select u.location from content_upload u
          where u.patient_key = ${patientKey}::uuid and u.location = ${location}::text for update
      ), kept as (
        insert into content (patient_key, sha256, size, wrapped_key, location, bytes)
          select ${patientKey}::uuid, ${sha256}::bytea, ${size}::integer, ${wrappedKey}::bytea, h.location, '' from held h
          on conflict do nothing returning location
      ), taken as (
        delete from content_upload u using kept k
          where u.patient_key = ${patientKey}::uuid and u.location = k.location
      )
      select count(*)::integer as held from held`,
  )
  return row?.held === 1
}

export type LeftOver = { readonly patientKey: Uuid; readonly location: string }

/**
 * Uploads begun at `until` or before, held until the transaction ends; those that somebody else holds are left out.
 * @param until milliseconds since 1970
 */
export async function lockLeftOvers(transaction: Runner, until: number, limit: number): Promise<LeftOver[]> {
  const rows = await transaction.run<{ patient_key: Uuid; location: string }>(
    sql`select u.patient_key, u.location from content_upload u
      where u.started <= ${timestamp(until)}::timestamptz
      order by u.started, u.patient_key, u.location limit ${limit}::integer for update skip locked`,
  )
  return rows.map(({ patient_key: patientKey, location }) => ({ patientKey, location }))
}

export async function forgetUploads(transaction: Runner, removed: readonly LeftOver[]): Promise<void> {
  await transaction.run(
    sql`delete from content_upload u
      using unnest(${removed.map((r) => r.patientKey)}::uuid[], ${removed.map((r) => r.location)}::text[])
        as r(patient_key, location)
      where u.patient_key = r.patient_key and u.location = r.location`,
  )
}

/**
 * The objects of a record that is about to be destroyed (D10), left over from now on under nobody's key: they are removed
 * even if the process that destroys it does not live to do so.
 */
export async function leaveOver(transaction: Runner, patientKey: Uuid): Promise<void> {
  await transaction.run(
    sql`insert into content_upload (patient_key, location, started)
      select ${NO_PATIENT}::uuid, o.location, '-infinity'::timestamptz from (
        select c.location from content c where c.patient_key = ${patientKey}::uuid and c.location <> ''
        union
        select u.location from content_upload u where u.patient_key = ${patientKey}::uuid) o
      on conflict do nothing`,
  )
}
