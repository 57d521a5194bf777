/**
 * What submissions write, for many of them at once and by COPY: the same rows as store-documents.ts, store-lists.ts,
 * seals.ts, insert-notices.ts and note-changes.ts insert for one (test/cli/seed-rows.test.ts compares).
 *
 * INVARIANT: only for records that this very transaction has opened. Nobody can have subscribed to them, object to a
 * document or wait for their clock, and no identifier of theirs can be taken: none of it is asked.
 */
import { randomUUID } from 'node:crypto'
import type { Uuid } from '../../fhir/id.ts'
import type { NewContent } from '../content-rows.ts'
import type { Runner } from '../database.ts'
import type { NewSeal } from '../seals.ts'
import { wordsColumn } from '../search-sql/words-condition.ts'
import { type Sql, sql } from '../sql.ts'
import type { Claim, DateRange, DocumentOfSet } from '../store-documents.ts'
import type { NewList } from '../store-lists.ts'
import type { TraceRow } from '../trace-row.ts'
import type { BulkTransaction } from './bulk-connection.ts'
import { CopyRows } from './copy-rows.ts'

export type NewRows = {
  readonly claims: readonly (Claim & { readonly patientKey: Uuid })[]
  readonly contents: readonly NewContent[]
  readonly documents: readonly DocumentOfSet[]
  readonly lists: readonly NewList[]
  readonly seals: readonly NewSeal[]
  /** Which owe notices; they themselves are inserted by insert-traces.ts. */
  readonly traces: readonly TraceRow[]
}

/** Words of a document as their column has them, in the form in which PostgreSQL sends it. */
export type WordVectors = (words: string) => Buffer

export async function copyDocuments(
  transaction: BulkTransaction,
  rows: NewRows,
  vectorOf: WordVectors,
): Promise<void> {
  await copyAll(transaction, claims, rows.claims)
  await copyAll(transaction, contents, rows.contents)
  await copyAll(transaction, documents(vectorOf), rows.documents)
  await copyAll(transaction, seals, rows.seals)
  await copyAll(transaction, resources, rows.lists)
  await copyAll(transaction, lists, rows.lists)
  const owed = rows.traces.flatMap((trace) => trace.notices.map((notice) => ({ trace, notice })))
  await copyAll(transaction, notices, owed)
  await copyAll(transaction, outbox, owed)
  const { clocks, changes } = changesOf(rows.documents)
  await copyAll(transaction, clock, clocks)
  await copyAll(transaction, change, changes)
}

/** @returns what `documents` asks for, of all these words @throws Error of it for any other */
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

type Table<Row> = { readonly statement: Sql; write(rows: CopyRows, row: Row): void }

async function copyAll<Row>(
  transaction: BulkTransaction,
  table: Table<Row>,
  all: readonly Row[],
): Promise<void> {
  if (all.length === 0) return
  const rows = new CopyRows()
  for (const row of all) table.write(rows, row)
  await transaction.copy(table.statement, rows)
}

const claims: Table<NewRows['claims'][number]> = {
  statement: sql`copy business_identifier (patient_key, type, value, id) from stdin (format binary)`,
  write: (rows, { patientKey, type, value, id }) =>
    void rows.row(4).uuid(patientKey).text(type).text(value).uuid(id),
}

const contents: Table<NewContent> = {
  statement: sql`copy content (patient_key, sha256, size, wrapped_key, bytes) from stdin (format binary)`,
  write: (rows, { patientKey, sha256, size, wrappedKey, bytes }) =>
    void rows.row(5).uuid(patientKey).bytes(sha256).int4(size).bytes(wrappedKey).bytes(bytes),
}

const documents = (vectorOf: WordVectors): Table<DocumentOfSet> => ({
  statement: sql`copy document (patient_key, id, version, last_updated, status, type, masked, invisible_patient,
      invisible_legal, archived, authors, category, format, facility, setting, event, security_label, identifier, date,
      creation_from, creation_until, period_from, period_until, start_from, start_until, end_from, end_until, binary_id,
      content_type, content_sha256, body, tokens, strings, words, submission_id)
    from stdin (format binary)`,
  write(rows, { document: d, submission }) {
    rows.row(35).uuid(d.patientKey).uuid(d.id).int4(1).timestamp(d.lastUpdated).text(d.status).text(d.type)
    rows.boolean(d.masked).boolean(d.invisiblePatient).boolean(d.invisibleLegal).boolean(d.archived)
    rows.texts(d.authors).texts(d.category).text(d.format).text(d.facility).text(d.setting).texts(d.event)
    rows.texts(d.securityLabel).texts(d.identifier).timestamp(d.date)
    for (const range of [d.creation, d.period, d.periodStart, d.periodEnd]) between(rows, range)
    rows.uuid(d.binaryId).text(d.contentType).bytes(d.sha256).text(d.body).texts(d.tokens).texts(d.strings)
    rows.bytes(vectorOf(d.words)).uuid(submission ?? null)
  },
})

function between(rows: CopyRows, range: DateRange): void {
  rows.timestamp(range?.start).timestamp(range?.end)
}

const seals: Table<NewSeal> = {
  statement: sql`copy seal (patient_key, document, version, recorded, activity, actor, person, organization, client,
      metadata, text, content, previous, submission, submission_text, verdict, kid, signature)
    from stdin (format binary)`,
  write(rows, s) {
    rows.row(18).uuid(s.patientKey).uuid(s.document).int4(s.version).timestamp(s.recorded).text(s.activity)
    rows.text(s.actor).text(s.person).text(s.organization).text(s.client).bytes(s.metadata).bytes(s.text)
    rows.bytes(s.content).bytes(s.previous).uuid(s.submission).bytes(s.submission_text).text(s.verdict)
    rows.text(s.kid).bytes(s.signature)
  },
}

const resources: Table<NewList> = {
  statement: sql`copy resource (patient_key, type, id, version, last_updated, method, body, terms)
    from stdin (format binary)`,
  write: (rows, { patientKey, id, lastUpdated, body }) =>
    void rows
      .row(8)
      .uuid(patientKey)
      .text('List')
      .text(id)
      .int4(1)
      .timestamp(lastUpdated)
      .text('POST')
      .text(body)
      .uuids([]),
}

const lists: Table<NewList> = {
  statement: sql`copy document_list (patient_key, id, folder, status, archived, date, last_updated, documents, folders,
      tokens, strings)
    from stdin (format binary)`,
  write(rows, { patientKey, id, lastUpdated, index: i }) {
    rows.row(11).uuid(patientKey).uuid(id).boolean(i.folder).text(i.status).boolean(i.archived)
    rows.timestamp(i.date).timestamp(lastUpdated).uuids(i.documents).uuids(i.folders)
    rows.texts(i.tokens).texts(i.strings)
  },
}

type Owed = { readonly trace: TraceRow; readonly notice: TraceRow['notices'][number] }

const notices: Table<Owed> = {
  statement: sql`copy notice (patient_key, key, id, recorded, recipient, kind, trace, person, organization, mode, motive,
      entities)
    from stdin (format binary)`,
  write(rows, { trace: t, notice: { key, recipient, kind } }) {
    // Random, as PostgreSQL's own would be.
    rows
      .row(12)
      .uuid(t.patient_key)
      .text(key)
      .uuid(randomUUID() as Uuid)
      .timestamp(Date.parse(t.recorded))
    rows.text(recipient).text(kind).uuid(t.id).text(t.person).text(t.organization).text(t.mode).text(t.motive)
    rows.texts(t.entities)
  },
}

const outbox: Table<Owed> = {
  statement: sql`copy notice_outbox (patient_key, key) from stdin (format binary)`,
  write: (rows, { trace, notice }) => void rows.row(2).uuid(trace.patient_key).text(notice.key),
}

type Clock = { readonly patientKey: Uuid; readonly at: number }
type Change = Clock & { readonly id: Uuid }

/** One tick for all that a record is given here: nobody can have read of it before all is there. */
function changesOf(all: readonly DocumentOfSet[]): { readonly clocks: Clock[]; readonly changes: Change[] } {
  const changes = all.map(({ document: { patientKey, id, lastUpdated: at } }) => ({ patientKey, at, id }))
  const clocks = new Map<Uuid, number>()
  for (const { patientKey, at } of changes)
    clocks.set(patientKey, Math.max(at, clocks.get(patientKey) ?? Number.NEGATIVE_INFINITY))
  return {
    clocks: [...clocks].map(([patientKey, at]) => ({ patientKey, at })),
    changes: changes.map((each) => ({ ...each, at: clocks.get(each.patientKey) ?? each.at })),
  }
}

const clock: Table<Clock> = {
  statement: sql`copy document_clock (patient_key, at) from stdin (format binary)`,
  write: (rows, { patientKey, at }) => void rows.row(2).uuid(patientKey).timestamp(at),
}

const change: Table<Change> = {
  statement: sql`copy document_change (patient_key, at, id, version) from stdin (format binary)`,
  write: (rows, { patientKey, at, id }) => void rows.row(4).uuid(patientKey).timestamp(at).uuid(id).int4(1),
}
