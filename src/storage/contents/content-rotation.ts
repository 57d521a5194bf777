/**
 * What `dmp key rotate` reads and writes, as the owner of the schema: the server's own role may change no key and no content.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import type { StoredRecordKey } from './content-keys.ts'

export type KeyOfRecord = StoredRecordKey & { readonly patientKey: Uuid }

/** How many record keys this master key wraps. */
export async function countKeysOf(db: Runner, master: string): Promise<number> {
  const [row] = await db.run<{ count: number }>(
    sql`select count(*)::integer as count from record_key k where k.master = ${master}::text`,
  )
  return row?.count ?? 0
}

/** Held until the transaction ends; in the order of their records, behind `after`. */
export async function lockKeysOf(
  transaction: Runner,
  master: string,
  after: Uuid,
  limit: number,
): Promise<KeyOfRecord[]> {
  return transaction.run<KeyOfRecord>(
    sql`select k.patient_key as "patientKey", k.wrapped, k.master from record_key k
      where k.master = ${master}::text and k.patient_key > ${after}::uuid
      order by k.patient_key limit ${limit}::integer for update`,
  )
}

export async function replaceKeys(transaction: Runner, keys: readonly KeyOfRecord[]): Promise<void> {
  await transaction.run(
    sql`update record_key k set wrapped = n.wrapped, master = n.master
      from unnest(${keys.map((k) => k.patientKey)}::uuid[], ${keys.map((k) => k.wrapped)}::bytea[],
        ${keys.map((k) => k.master)}::text[]) as n(patient_key, wrapped, master)
      where k.patient_key = n.patient_key`,
  )
}

export type PlainContent = { readonly patientKey: Uuid; readonly sha256: Buffer; readonly size: number }

/** Contents that were written before contents were sealed, behind `after`. */
export async function findPlainContents(
  db: Runner,
  after: Pick<PlainContent, 'patientKey' | 'sha256'>,
  limit: number,
): Promise<PlainContent[]> {
  return db.run<PlainContent>(
    sql`select c.patient_key as "patientKey", c.sha256, c.size from content c
      where c.wrapped_key is null
        and (c.patient_key, c.sha256) > (${after.patientKey}::uuid, ${after.sha256}::bytea)
      order by c.patient_key, c.sha256 limit ${limit}::integer`,
  )
}

export async function countPlainContents(db: Runner): Promise<number> {
  const [row] = await db.run<{ count: number }>(
    sql`select count(*)::integer as count from content c where c.wrapped_key is null`,
  )
  return row?.count ?? 0
}

/** @returns false when somebody has sealed it meanwhile */
export async function lockPlainContent(transaction: Runner, content: PlainContent): Promise<boolean> {
  const rows = await transaction.run(
    sql`select c.size from content c where c.patient_key = ${content.patientKey}::uuid
      and c.sha256 = ${content.sha256}::bytea and c.wrapped_key is null for update`,
  )
  return rows.length === 1
}

/** @param bytes the first sealed chunk; the others are there */
export async function replacePlainContent(
  transaction: Runner,
  { patientKey, sha256 }: PlainContent,
  wrappedKey: Buffer,
  bytes: Buffer,
): Promise<void> {
  await transaction.run(
    sql`update content c set wrapped_key = ${wrappedKey}::bytea, bytes = ${bytes}::bytea
      where c.patient_key = ${patientKey}::uuid and c.sha256 = ${sha256}::bytea and c.wrapped_key is null`,
  )
}
