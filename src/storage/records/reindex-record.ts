/**
 * Makes anew what documents and lists are found by, from their texts: after a release that finds them by more than the one
 * that wrote them did. Versions, times and labels stay as they are, and so does whatever policy reads.
 *
 * The rows are locked in the order of their keys: what is indexed is what stands, and who changes one of them waits for
 * this batch.
 */
import { FhirError } from '../../fhir/fhir-error.ts'
import { NO_PATIENT, type ResourceId, type Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import type { DateRange, NewDocument } from '../documents/store-documents.ts'
import { type ListIndex, replaceListIndex } from '../documents/store-lists.ts'
import { wordsColumn } from '../search-sql/words-condition.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

/** What only searches read. */
export type DocumentIndex = Pick<
  NewDocument,
  | 'category'
  | 'format'
  | 'facility'
  | 'setting'
  | 'event'
  | 'identifier'
  | 'creation'
  | 'period'
  | 'periodStart'
  | 'periodEnd'
  | 'tokens'
  | 'strings'
  | 'words'
>

export type RecordRow = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  /** Of a document, `system|code`. */
  readonly type: string
  readonly body: string
}

export type ReindexedRecord = {
  readonly count: number
  /** Those with too many values: they are found by what they were. */
  readonly refused: readonly ResourceId[]
  /** Where to go on; undefined: there is no more. */
  readonly last: ResourceId | undefined
}

type Row = {
  readonly patient_key: Uuid
  readonly id: Uuid
  readonly last_updated: number
  readonly type: string
  readonly body: string
}

const first: ResourceId = { patientKey: NO_PATIENT, id: NO_PATIENT }

/** @param transaction of its own: the locks last until its end */
export async function reindexDocuments(
  transaction: Runner,
  after: ResourceId = first,
  limit: number,
  index: (row: RecordRow) => DocumentIndex,
): Promise<ReindexedRecord> {
  const rows = await transaction.run<Row>(
    sql`select d.patient_key, d.id, d.last_updated, d.type, d.body from document d
      where (d.patient_key, d.id) > (${after.patientKey}::uuid, ${after.id}::uuid)
      order by d.patient_key, d.id limit ${limit}::integer for no key update`,
  )
  return eachRow(rows, limit, async (row) => {
    const i = index(row)
    await transaction.run(
      sql`update document d set category = ${i.category}::text[], format = ${i.format}::text,
          facility = ${i.facility}::text, setting = ${i.setting}::text, event = ${i.event}::text[],
          identifier = ${i.identifier}::text[], creation_from = ${start(i.creation)}::timestamptz,
          creation_until = ${end(i.creation)}::timestamptz, period_from = ${start(i.period)}::timestamptz,
          period_until = ${end(i.period)}::timestamptz, start_from = ${start(i.periodStart)}::timestamptz,
          start_until = ${end(i.periodStart)}::timestamptz, end_from = ${start(i.periodEnd)}::timestamptz,
          end_until = ${end(i.periodEnd)}::timestamptz, tokens = ${i.tokens}::text[], strings = ${i.strings}::text[],
          words = ${wordsColumn(i.words)}
        where d.patient_key = ${row.patientKey}::uuid and d.id = ${row.id}::uuid`,
    )
  })
}

export async function reindexLists(
  transaction: Runner,
  after: ResourceId = first,
  limit: number,
  index: (row: RecordRow) => ListIndex,
): Promise<ReindexedRecord> {
  const rows = await transaction.run<Row>(
    sql`select l.patient_key, l.id, l.last_updated, '' as type, r.body from document_list l
      join resource r on r.patient_key = l.patient_key and r.type = 'List' and r.id = l.id::text
      where (l.patient_key, l.id) > (${after.patientKey}::uuid, ${after.id}::uuid)
      order by l.patient_key, l.id limit ${limit}::integer for no key update of l`,
  )
  return eachRow(rows, limit, (row) => replaceListIndex(transaction, row.patientKey, row.id, index(row)))
}

export async function countRecordRows(
  db: Runner,
): Promise<Readonly<Record<'DocumentReference' | 'List', number>>> {
  const [row] = await db.run<{ documents: number; lists: number }>(
    sql`select (select count(*)::integer from document) as documents,
      (select count(*)::integer from document_list) as lists`,
  )
  return { DocumentReference: row?.documents ?? 0, List: row?.lists ?? 0 }
}

async function eachRow(
  rows: readonly Row[],
  limit: number,
  write: (row: RecordRow) => Promise<void>,
): Promise<ReindexedRecord> {
  const refused: ResourceId[] = []
  for (const { patient_key: patientKey, last_updated: lastUpdated, ...row } of rows) {
    try {
      await write({ ...row, patientKey, lastUpdated })
    } catch (error) {
      if (!(error instanceof FhirError) || error.category !== 'too-long') throw error
      refused.push({ patientKey, id: row.id })
    }
  }
  const last = rows.length < limit ? undefined : rows.at(-1)
  return {
    count: rows.length,
    refused,
    last: last && { patientKey: last.patient_key, id: last.id },
  }
}

function start(range: DateRange): string | null {
  return range ? timestamp(range.start) : null
}

function end(range: DateRange): string | null {
  return range ? timestamp(range.end) : null
}
