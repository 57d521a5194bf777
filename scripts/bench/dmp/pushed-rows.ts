/** The rows that a real push has left, as values to insert again under other keys. */
import type { ResourceId, Uuid } from '../../../src/fhir/id.ts'
import type { NewContent } from '../../../src/storage/contents/content-rows.ts'
import type { Database } from '../../../src/storage/database.ts'
import type { NewDocument } from '../../../src/storage/documents/store-documents.ts'
import type { NewList } from '../../../src/storage/documents/store-lists.ts'
import type { StoredSeal } from '../../../src/storage/seals/seals.ts'
import { sql } from '../../../src/storage/sql.ts'
import type { TraceRow } from '../../../src/storage/traces/insert-traces.ts'
import { interactionCodes } from '../../../src/storage/traces/trace-codes.ts'
import { decodeTrace, type TraceColumns, traceColumns } from '../../../src/storage/traces/trace-columns.ts'

export type PushedRows = {
  readonly patientKeys: readonly Uuid[]
  readonly document: NewDocument
  readonly content: NewContent
  readonly list: Pick<NewList, 'body' | 'index'>
  readonly seal: StoredSeal
  readonly trace: Omit<TraceRow, 'notices' | 'chain'>
  readonly versions: readonly { readonly id: Uuid; readonly version: number }[]
}

type Range = 'creation' | 'period' | 'start' | 'end'
type DocumentRow = Omit<NewDocument, 'creation' | 'period' | 'periodStart' | 'periodEnd'> & {
  readonly [B in `${Range}_${'from' | 'until'}`]: number | null
}

/** @param documents of pushes, the rows of the first of which are read; the records are those of all */
export async function readPushedRows(db: Database, documents: readonly ResourceId[]): Promise<PushedRows> {
  const [first] = documents
  if (!first) throw new Error('No push has left its rows')
  const { patientKey, id } = first
  const [document] = await db.run<DocumentRow>(
    sql`select d.patient_key as "patientKey", d.id, d.last_updated as "lastUpdated", d.status, d.type, d.masked,
        d.invisible_patient as "invisiblePatient", d.invisible_legal as "invisibleLegal", d.archived, d.authors,
        d.category, d.format, d.facility, d.setting, d.event, d.security_label as "securityLabel", d.identifier, d.date,
        d.creation_from, d.creation_until, d.period_from, d.period_until, d.start_from, d.start_until, d.end_from,
        d.end_until, d.binary_id as "binaryId", d.content_type as "contentType", d.content_sha256 as sha256, d.body,
        d.tokens, d.strings, array_to_string(tsvector_to_array(d.words), ' ') as words
      from document d where d.patient_key = ${patientKey}::uuid and d.id = ${id}::uuid`,
  )
  const [content] = await db.run<NewContent>(
    sql`select c.patient_key as "patientKey", c.sha256, c.size, c.wrapped_key as "wrappedKey", c.bytes
      from document d join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256
      where d.patient_key = ${patientKey}::uuid and d.id = ${id}::uuid`,
  )
  const [list] = await db.run<{ body: string } & Omit<NewList['index'], 'documents' | 'folders'>>(
    sql`select r.body, l.folder, l.status, l.archived, l.date, l.tokens, l.strings from document_list l
      join resource r on r.patient_key = l.patient_key and r.type = 'List' and r.id = l.id::text
      where l.patient_key = ${patientKey}::uuid limit 1`,
  )
  const [seal] = await db.run<StoredSeal>(
    sql`select s.* from seal s
      where s.patient_key = ${patientKey}::uuid and s.document = ${id}::uuid and s.version = 1`,
  )
  const [columns] = await db.run<TraceColumns>(
    sql`select ${traceColumns} from audit a
      where a.patient_key = ${patientKey}::uuid
        and a.interaction = ${interactionCodes['provide-documents']}::smallint and a.status < 400 limit 1`,
  )
  const versions = await db.run<PushedRows['versions'][number]>(
    sql`select d.id, d.version from document d
      where d.patient_key = any(${documents.map((each) => each.patientKey)}::uuid[])
        and d.id = any(${documents.map((each) => each.id)}::uuid[])`,
  )
  if (!document || !content || !list || !seal || !columns) throw new Error('No push has left its rows')
  const range = (name: Range): NewDocument['period'] => {
    const { [`${name}_from` as const]: start, [`${name}_until` as const]: end } = document
    return start === null || end === null ? undefined : { start, end }
  }
  return {
    patientKeys: [...new Set(documents.map((each) => each.patientKey))],
    versions,
    document: {
      ...document,
      creation: range('creation'),
      period: range('period'),
      periodStart: range('start'),
      periodEnd: range('end'),
    },
    content,
    list: { body: list.body, index: { ...list, documents: [document.id], folders: [] } },
    seal,
    trace: { ...decodeTrace(columns), recorded: '' },
  }
}
