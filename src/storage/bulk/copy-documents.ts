/**
 * What submissions write, for many of them at once and by COPY: the same rows as store-documents.ts, store-lists.ts,
 * seals.ts, insert-notices.ts and note-changes.ts insert for one (test/cli/seed-rows.test.ts compares).
 *
 * INVARIANT: only for records that this very transaction has opened. Nobody can have subscribed to them, object to a
 * document or wait for their clock, and no identifier of theirs can be taken: none of it is asked.
 */
import { randomUUID } from 'node:crypto'
import type { Uuid } from '../../fhir/id.ts'
import type { StoredRecordKey } from '../contents/content-keys.ts'
import type { NewContent } from '../contents/content-rows.ts'
import type { Runner } from '../database.ts'
import type { Claim, DateRange, DocumentOfSet } from '../documents/store-documents.ts'
import type { NewList } from '../documents/store-lists.ts'
import type { NewSeal } from '../seals/seals.ts'
import { wordsColumn } from '../search-sql/words-condition.ts'
import { type Sql, sql } from '../sql.ts'
import type { TraceRow } from '../traces/trace-row.ts'
import type { BulkTransaction } from './bulk-connection.ts'
import { CopyRows, type RowWriter } from './copy-rows.ts'

/** Words of a document as their column has them, in the form in which PostgreSQL sends it. */
export type WordVectors = (words: string) => Buffer

/** @returns what the row of a document asks for, of all these words @throws Error of it for any other */
export async function wordVectors(db: Runner, words: readonly string[]): Promise<WordVectors> {
  const vectors = new Map<string, Buffer>()
  for (const text of words) {
    const [row] = await db.run<{ vector: Buffer }>(sql`select tsvectorsend(${wordsColumn(text)}) as vector`)
    if (row) vectors.set(text, row.vector)
  }
  return (text) => {
    const vector = vectors.get(text)
    if (!vector) throw new Error('Words that were not asked for')
    return vector
  }
}

/** @param at milliseconds since 1970 */
type Ticked = { readonly patientKey: Uuid; readonly at: number }

export type DocumentRow = DocumentOfSet & { readonly vector: Uint8Array }
type Table<Row> = { readonly statement: Sql; write(row: RowWriter, of: Row): void }

const recordKeys: Table<StoredRecordKey & { readonly patientKey: Uuid }> = {
  statement: sql`copy record_key (patient_key, wrapped, master) from stdin (format binary)`,
  write: (row, { patientKey, wrapped, master }) =>
    void row.row(3).uuid(patientKey).bytes(wrapped).text(master),
}

const claims: Table<Claim & { readonly patientKey: Uuid }> = {
  statement: sql`copy business_identifier (patient_key, type, value, id) from stdin (format binary)`,
  write: (row, { patientKey, type, value, id }) =>
    void row.row(4).uuid(patientKey).text(type).text(value).uuid(id),
}

const contents: Table<NewContent> = {
  statement: sql`copy content (patient_key, sha256, size, wrapped_key, bytes) from stdin (format binary)`,
  write: (row, { patientKey, sha256, size, wrappedKey, bytes }) =>
    void row.row(5).uuid(patientKey).bytes(sha256).int4(size).bytes(wrappedKey).bytes(bytes),
}

const documents: Table<DocumentRow> = {
  statement: sql`copy document (patient_key, id, version, last_updated, status, type, masked, invisible_patient,
      invisible_legal, archived, authors, category, format, facility, setting, event, security_label, identifier, date,
      creation_from, creation_until, period_from, period_until, start_from, start_until, end_from, end_until, binary_id,
      content_type, content_sha256, body, tokens, strings, words, submission_id)
    from stdin (format binary)`,
  write(row, { document: d, submission, vector }) {
    row.row(35).uuid(d.patientKey).uuid(d.id).int4(1).timestamp(d.lastUpdated).text(d.status).text(d.type)
    row.boolean(d.masked).boolean(d.invisiblePatient).boolean(d.invisibleLegal).boolean(d.archived)
    row.texts(d.authors).texts(d.category).text(d.format).text(d.facility).text(d.setting).texts(d.event)
    row.texts(d.securityLabel).texts(d.identifier).timestamp(d.date)
    for (const range of [d.creation, d.period, d.periodStart, d.periodEnd]) between(row, range)
    row.uuid(d.binaryId).text(d.contentType).bytes(d.sha256).text(d.body).texts(d.tokens).texts(d.strings)
    row.bytes(vector).uuid(submission ?? null)
  },
}

function between(row: RowWriter, range: DateRange): void {
  row.timestamp(range?.start).timestamp(range?.end)
}

const seals: Table<NewSeal> = {
  statement: sql`copy seal (patient_key, document, version, recorded, activity, actor, person, organization, client,
      metadata, text, content, previous, submission, submission_text, verdict, kid, signature)
    from stdin (format binary)`,
  write(row, s) {
    row.row(18).uuid(s.patientKey).uuid(s.document).int4(s.version).timestamp(s.recorded).text(s.activity)
    row.text(s.actor).text(s.person).text(s.organization).text(s.client).bytes(s.metadata).bytes(s.text)
    row.bytes(s.content).bytes(s.previous).uuid(s.submission).bytes(s.submission_text).text(s.verdict)
    row.text(s.kid).bytes(s.signature)
  },
}

const resources: Table<NewList> = {
  statement: sql`copy resource (patient_key, type, id, version, last_updated, method, body, terms)
    from stdin (format binary)`,
  write(row, { patientKey, id, lastUpdated, body }) {
    row.row(8).uuid(patientKey).text('List').text(id).int4(1).timestamp(lastUpdated).text('POST')
    row.text(body).uuids([])
  },
}

const lists: Table<NewList> = {
  statement: sql`copy document_list (patient_key, id, folder, status, archived, date, last_updated, documents, folders,
      tokens, strings)
    from stdin (format binary)`,
  write(row, { patientKey, id, lastUpdated, index: i }) {
    row.row(11).uuid(patientKey).uuid(id).boolean(i.folder).text(i.status).boolean(i.archived)
    row.timestamp(i.date).timestamp(lastUpdated).uuids(i.documents).uuids(i.folders)
    row.texts(i.tokens).texts(i.strings)
  },
}

/** What a trace owes. */
const notices: Table<TraceRow> = {
  statement: sql`copy notice (patient_key, key, id, recorded, recipient, kind, trace, person, organization, mode, motive,
      entities)
    from stdin (format binary)`,
  write(row, t) {
    const recorded = Date.parse(t.recorded)
    for (const { key, recipient, kind } of t.notices) {
      // Random, as PostgreSQL's own would be.
      row
        .row(12)
        .uuid(t.patient_key)
        .text(key)
        .uuid(randomUUID() as Uuid)
        .timestamp(recorded)
      row
        .text(recipient)
        .text(kind)
        .uuid(t.id)
        .text(t.person)
        .text(t.organization)
        .text(t.mode)
        .text(t.motive)
      row.texts(t.entities)
    }
  },
}

const outbox: Table<TraceRow> = {
  statement: sql`copy notice_outbox (patient_key, key) from stdin (format binary)`,
  write(row, trace) {
    for (const { key } of trace.notices) row.row(2).uuid(trace.patient_key).text(key)
  },
}

const clocks: Table<Ticked> = {
  statement: sql`copy document_clock (patient_key, at) from stdin (format binary)`,
  write: (row, { patientKey, at }) => void row.row(2).uuid(patientKey).timestamp(at),
}

const changes: Table<Ticked & { readonly id: Uuid }> = {
  statement: sql`copy document_change (patient_key, at, id, version) from stdin (format binary)`,
  write: (row, { patientKey, at, id }) => void row.row(4).uuid(patientKey).timestamp(at).uuid(id).int4(1),
}

/** In the order in which they are written. */
export const documentTables = {
  recordKeys,
  claims,
  contents,
  documents,
  seals,
  resources,
  lists,
  notices,
  outbox,
  clocks,
  changes,
} as const

type TableName = keyof typeof documentTables

/** Rows of each table, for one transaction. */
export type DocumentRows = { readonly [Name in TableName]: CopyRows }

export function documentRows(): DocumentRows {
  return {
    recordKeys: new CopyRows(),
    claims: new CopyRows(),
    contents: new CopyRows(),
    documents: new CopyRows(),
    seals: new CopyRows(),
    resources: new CopyRows(),
    lists: new CopyRows(),
    notices: new CopyRows(),
    outbox: new CopyRows(),
    clocks: new CopyRows(),
    changes: new CopyRows(),
  }
}

export function clearRows(rows: DocumentRows): void {
  for (const table of Object.values(rows)) table.clear()
}

export async function copyDocuments(transaction: BulkTransaction, rows: DocumentRows): Promise<void> {
  for (const [name, { statement }] of Object.entries(documentTables)) {
    const ofTable = rows[name as TableName]
    if (!ofTable.isEmpty) await transaction.copy(statement, ofTable)
  }
}
