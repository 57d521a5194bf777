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

/**
 * Of the record r, the document that a column names; where there is none, another one of the record, marked as not found.
 * So an id that nobody gave out costs what a hidden document costs: the time of an answer does not tell them apart
 * (rule V7, `npm run bench -- timing`).
 */
function documentOrDecoy(column: Sql, id: Uuid): Sql {
  return sql`left join lateral (
      (select true as found, x.* from document x where x.patient_key = r.patient_key and x.${column} = ${id}::uuid)
      union all
      (select false as found, x.* from document x where x.patient_key = r.patient_key
        order by x.date desc, x.id desc limit 1)
      limit 1) d on true`
}

type FoundRow = FactsRow & DocumentRow & { readonly found: boolean | null }

/** @returns undefined when the record itself is unknown */
export async function readDocument(
  db: Runner,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  const [row] = await db.run<FoundRow>(
    sql`select ${factsColumns(asker)}, ${documentColumns}, d.found, d.body from record r
      ${documentOrDecoy(sql`id`, at.id)}
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  return row && documentInRecord(row)
}

/**
 * A version of a document that is no longer current. For who has seen the document: policy looks at the labels of today,
 * whatever they were then, since masking hides the past too.
 */
export async function readFormerVersion(
  db: Runner,
  at: ResourceId,
  version: number,
): Promise<StoredVersion | undefined> {
  const [row] = await db.run<{ version: number; last_updated: number; body: string }>(
    sql`select o.version, o.last_updated, o.body from resource_version o
      where o.patient_key = ${at.patientKey}::uuid and o.type = 'DocumentReference' and o.id = ${at.id}::text
        and o.version = ${version}::integer`,
  )
  return row && { version: row.version, lastUpdated: row.last_updated, body: row.body }
}

/** The document to which a Binary belongs: it is reached by nothing else. */
export async function readDocumentOfBinary(
  db: Runner,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  const [row] = await db.run<FoundRow>(
    sql`select ${factsColumns(asker)}, ${documentColumns}, d.found, '' as body from record r
      ${documentOrDecoy(sql`binary_id`, at.id)}
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  return row && documentInRecord(row)
}

function documentInRecord(row: FoundRow): DocumentInRecord {
  const record = knownRecord(row)
  const document = storedDocument(row)
  return document && row.found ? { record, document } : { record }
}

/** Undefined for a row without a document. */
export function storedDocument(row: DocumentRow): StoredDocument | undefined {
  if (row.id === null) return undefined
  return {
    id: row.id,
    version: row.version,
    lastUpdated: row.last_updated,
    body: row.body,
    facts: documentFacts(row),
  }
}

/** What policy reads of a document. */
export function documentFacts(
  row: Omit<DocumentRow, 'id' | 'version' | 'last_updated' | 'body'>,
): DocumentFacts {
  return {
    type: row.type,
    status: row.status,
    archived: row.archived,
    masked: row.masked,
    invisiblePatient: row.invisible_patient,
    invisibleLegal: row.invisible_legal,
    authors: row.authors,
  }
}
