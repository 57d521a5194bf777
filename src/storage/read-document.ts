/**
 * One document with the policy facts of its record, in one statement, hence in one snapshot.
 * The caller's scope is applied by `holds` on what comes back: nothing of the row leaves before.
 */
import type { ResourceId, Uuid } from '../fhir/id.ts'
import type { DocumentFacts } from '../policy/facts.ts'
import type { Runner } from './database.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'
import { type Sql, sql } from './sql.ts'

export type StoredVersion = { readonly version: number; readonly lastUpdated: number; readonly body: string }
export type StoredDocument = StoredVersion & { readonly id: Uuid; readonly facts: DocumentFacts }
export type DocumentInRecord = { readonly record: KnownRecord; readonly document?: StoredDocument }

/** What `documentColumns` give, and the body. */
export type DocumentRow = {
  readonly id: Uuid | null
  readonly version: number
  readonly last_updated: number
  readonly type: string
  readonly status: string
  readonly archived: boolean
  readonly masked: boolean
  readonly invisible_patient: boolean
  readonly invisible_legal: boolean
  readonly authors: string[]
  readonly body: string
}

/** Of `document d`. */
export const documentColumns: Sql = sql`d.id, d.version, d.last_updated, d.type, d.status, d.archived, d.masked, d.invisible_patient,
  d.invisible_legal, d.authors`

/** @returns undefined when the record itself is unknown */
export async function readDocument(
  db: Runner,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  const [row] = await db.run<FactsRow & DocumentRow>(
    sql`select ${factsColumns(asker)}, ${documentColumns}, d.body from record r
      left join document d on d.patient_key = r.patient_key and d.id = ${at.id}::uuid
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  return row && documentInRecord(row)
}

/**
 * A version of a document. Policy looks at the labels of today, whatever they were then: masking hides the past too.
 */
export async function readDocumentVersion(
  db: Runner,
  at: ResourceId,
  version: number,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  const [row] = await db.run<FactsRow & DocumentRow>(
    sql`select ${factsColumns(asker)}, ${documentColumns}, v.version, v.last_updated, v.body from record r
      left join document d on d.patient_key = r.patient_key and d.id = ${at.id}::uuid
      left join lateral (
        select d.version, d.last_updated, d.body where d.version = ${version}::integer
        union all
        select o.version, o.last_updated, o.body from resource_version o
          where o.patient_key = r.patient_key and o.type = 'DocumentReference' and o.id = d.id::text
            and o.version = ${version}::integer
      ) v on true
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  return row && documentInRecord(row.body === null ? { ...row, id: null } : row)
}

export type StoredContent = {
  readonly document: StoredDocument
  readonly contentType: string
  readonly bytes: Buffer
}
export type ContentInRecord = { readonly record: KnownRecord; readonly content?: StoredContent }

/** The bytes of a document, reached by the id of its Binary and by nothing but its document. */
export async function readContent(
  db: Runner,
  at: ResourceId,
  asker: Asker,
): Promise<ContentInRecord | undefined> {
  const [row] = await db.run<FactsRow & DocumentRow & { content_type: string; bytes: Buffer }>(
    sql`select ${factsColumns(asker)}, ${documentColumns}, '' as body, d.content_type, c.bytes from record r
      left join document d on d.patient_key = r.patient_key and d.binary_id = ${at.id}::uuid
      left join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  if (!row) return undefined
  const { record, document } = documentInRecord(row)
  return document
    ? { record, content: { document, contentType: row.content_type, bytes: row.bytes } }
    : { record }
}

function documentInRecord(row: FactsRow & DocumentRow): DocumentInRecord {
  const record = knownRecord(row)
  const document = storedDocument(row)
  return document ? { record, document } : { record }
}

/** Undefined for a row without a document. */
export function storedDocument(row: DocumentRow): StoredDocument | undefined {
  if (row.id === null) return undefined
  return {
    id: row.id,
    version: row.version,
    lastUpdated: row.last_updated,
    body: row.body,
    facts: {
      type: row.type,
      status: row.status,
      archived: row.archived,
      masked: row.masked,
      invisiblePatient: row.invisible_patient,
      invisibleLegal: row.invisible_legal,
      authors: row.authors,
    },
  }
}
