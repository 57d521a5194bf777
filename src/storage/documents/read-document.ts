/**
 * One document with the policy facts of its record, in one snapshot.
 * The caller's scope is applied by `holds` on what comes back: nothing of the row leaves before.
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { StoredText } from '../../fhir/served-text.ts'
import type { DocumentFacts } from '../../policy/facts.ts'
import type { Runner, Snapshots } from '../database.ts'
import { type Asker, type FactsRow, factsOf, type KnownRecord, knownRecord } from '../records/record-facts.ts'
import { type Sql, sql } from '../sql.ts'

export type StoredVersion = { readonly version: number; readonly lastUpdated: number; readonly body: string }
export type StoredDocument = StoredVersion & { readonly id: Uuid; readonly facts: DocumentFacts }
export type DocumentInRecord<Document = StoredDocument> = {
  readonly record: KnownRecord
  readonly document?: Document
}
/** One that is handed on: nobody looks into its body. */
export type ServedDocument = Omit<StoredDocument, 'body'> & { readonly body: StoredText }

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
 * The document that a column names; where there is none, another one of the record, marked as not found. So an id that
 * nobody gave out costs what a hidden document costs: the time of an answer does not tell them apart (rule V7,
 * `npm run bench -- timing`).
 */
export function documentOrDecoy(
  column: 'id' | 'binary_id',
  { patientKey, id }: ResourceId,
  body: Sql = sql`d.body`,
): Sql {
  const decoy = sql`order by d.date desc, d.id desc limit 1`
  return column === 'id'
    ? sql`(select true as found, ${documentColumns}, ${body} from document d
          where d.patient_key = ${patientKey}::uuid and d.id = ${id}::uuid)
        union all (select false, ${documentColumns}, ${body} from document d
          where d.patient_key = ${patientKey}::uuid ${decoy}) limit 1`
    : sql`(select true as found, ${documentColumns}, '' as body from document d
          where d.patient_key = ${patientKey}::uuid and d.binary_id = ${id}::uuid)
        union all (select false, ${documentColumns}, '' from document d
          where d.patient_key = ${patientKey}::uuid ${decoy}) limit 1`
}

type FoundRow<Body = string> = Omit<DocumentRow, 'body'> & { readonly body: Body; readonly found: boolean }

/** @returns undefined when the record itself is unknown */
export function readDocument(
  db: Snapshots,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  return inRecord(db, 'id', at, asker)
}

/** The same, with the body as it lies (field-readers.ts). */
export async function readServedDocument(
  db: Snapshots,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord<ServedDocument> | undefined> {
  const [[facts], [row]] = await db.together<[FactsRow, FoundRow<StoredText>]>(
    factsOf(at.patientKey, asker),
    documentOrDecoy('id', at, servedBody),
  )
  return facts && found(facts, row)
}

const servedBody = sql`d.body::varchar as body`

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
export function readDocumentOfBinary(
  db: Snapshots,
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  return inRecord(db, 'binary_id', at, asker)
}

async function inRecord(
  db: Snapshots,
  column: 'id' | 'binary_id',
  at: ResourceId,
  asker: Asker,
): Promise<DocumentInRecord | undefined> {
  const [[facts], [row]] = await db.together<[FactsRow, FoundRow]>(
    factsOf(at.patientKey, asker),
    documentOrDecoy(column, at),
  )
  return facts && found(facts, row)
}

function found<Body extends StoredText>(facts: FactsRow, row: FoundRow<Body> | undefined) {
  const record = knownRecord(facts)
  const document = row?.found ? storedDocument(row) : undefined
  return document ? { record, document } : { record }
}

/** Undefined for a row without a document. */
export function storedDocument<Body extends StoredText>(
  row: Omit<DocumentRow, 'body'> & { readonly body: Body },
): (Omit<StoredDocument, 'body'> & { readonly body: Body }) | undefined {
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
