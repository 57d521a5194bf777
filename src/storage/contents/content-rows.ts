/**
 * The bytes of documents, sealed: one row for each content of a record, with the first chunk in it, and one for each further
 * chunk; or the name of an object that lies elsewhere. The primary key decides between two who bring the same bytes at
 * once: the chunks of the one that came second, sealed by another key, must not follow.
 */
import type { Uuid } from '../../fhir/id.ts'
import { inBatches, type Write } from '../connection/run-together.ts'
import type { Runner } from '../database.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import type { StoredRecordKey } from './content-keys.ts'

export type NewContent = {
  readonly patientKey: Uuid
  readonly sha256: Buffer
  /** Plain bytes. */
  readonly size: number
  readonly wrappedKey: Buffer
  /** The first sealed chunk. */
  readonly bytes: Buffer
}

/** @returns false when the record has this content already, or another transaction that has brought it was waited for */
export async function insertContent(transaction: Runner, content: NewContent): Promise<boolean> {
  const { patientKey, sha256, size, wrappedKey, bytes } = content
  const rows = await transaction.run(
    sql`insert into content (patient_key, sha256, size, wrapped_key, bytes)
      values (${patientKey}::uuid, ${sha256}::bytea, ${size}::integer, ${wrappedKey}::bytea, ${bytes}::bytea)
      on conflict do nothing returning size`,
  )
  return rows.length === 1
}

/** Contents of one chunk each, in an order of their own; what the record has already stays as it is. */
export function contentInsertions(contents: readonly NewContent[]): Write[] {
  const row = ({ patientKey, sha256, size, wrappedKey, bytes }: NewContent): Sql =>
    sql`(${patientKey}::uuid, ${sha256}::bytea, ${size}::integer, ${wrappedKey}::bytea, ${bytes}::bytea)`
  return inBatches(contents).map((batch) => ({
    statement: sql`insert into content (patient_key, sha256, size, wrapped_key, bytes)
      values ${joinSql(batch.map(row), ', ')} on conflict do nothing`,
  }))
}

/** @param position from 1 on; only for a content that this transaction has inserted */
export async function insertContentChunk(
  transaction: Runner,
  patientKey: Uuid,
  sha256: Buffer,
  position: number,
  bytes: Buffer,
): Promise<void> {
  await transaction.run(
    sql`insert into content_chunk (patient_key, sha256, position, bytes)
      values (${patientKey}::uuid, ${sha256}::bytea, ${position}::integer, ${bytes}::bytea)`,
  )
}

/** Which of these contents the record has. */
export async function findContents(
  db: Runner,
  patientKey: Uuid,
  sha256: readonly Buffer[],
): Promise<Buffer[]> {
  const rows = await db.run<{ sha256: Buffer }>(
    sql`select c.sha256 from content c
      where c.patient_key = ${patientKey}::uuid and c.sha256 = any(${sha256}::bytea[])`,
  )
  return rows.map((row) => row.sha256)
}

export type StoredContent = {
  readonly contentType: string
  readonly sha256: Buffer
  readonly size: number
  /** Null: not sealed yet. */
  readonly wrappedKey: Buffer | null
  /** Empty: here. */
  readonly location: string
  /** The beginning of `bytes`, as much as was asked for: of a sealed content here, its first chunk. */
  readonly start: Buffer
  readonly recordKey: StoredRecordKey | undefined
}

type StoredRow = Omit<StoredContent, 'recordKey'> & {
  readonly wrapped: Buffer | null
  readonly master: string | null
}

/**
 * The content of a document, for who has seen the document: how long it takes would tell that it is there.
 * @param startBytes how much of it comes at once
 */
export async function readContent(
  db: Runner,
  patientKey: Uuid,
  document: Uuid,
  startBytes: number,
): Promise<StoredContent | undefined> {
  const [row] = await db.run<StoredRow>(
    sql`select d.content_type as "contentType", c.sha256, c.size, c.wrapped_key as "wrappedKey", c.location,
        substring(c.bytes from 1 for ${startBytes}::integer) as start, k.wrapped, k.master
      from document d
      join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256
      left join record_key k on k.patient_key = d.patient_key
      where d.patient_key = ${patientKey}::uuid and d.id = ${document}::uuid`,
  )
  if (!row) return undefined
  const { wrapped, master, ...content } = row
  return { ...content, recordKey: wrapped !== null && master !== null ? { wrapped, master } : undefined }
}

/** A sealed chunk behind the first. */
export async function readContentChunk(
  db: Runner,
  patientKey: Uuid,
  sha256: Buffer,
  position: number,
): Promise<Buffer | undefined> {
  const [row] = await db.run<{ bytes: Buffer }>(
    sql`select h.bytes from content_chunk h
      where h.patient_key = ${patientKey}::uuid and h.sha256 = ${sha256}::bytea and h.position = ${position}::integer`,
  )
  return row?.bytes
}

/** A piece of a content that is not sealed; undefined once it is. */
export async function readPlainPiece(
  db: Runner,
  patientKey: Uuid,
  sha256: Buffer,
  start: number,
  length: number,
): Promise<Buffer | undefined> {
  const [row] = await db.run<{ bytes: Buffer }>(
    sql`select substring(c.bytes from ${start + 1}::integer for ${length}::integer) as bytes from content c
      where c.patient_key = ${patientKey}::uuid and c.sha256 = ${sha256}::bytea and c.wrapped_key is null`,
  )
  return row?.bytes
}
