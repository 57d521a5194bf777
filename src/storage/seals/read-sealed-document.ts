/**
 * Everything that a seal is held against, in one statement, hence in one snapshot: a change that is made meanwhile is there
 * as a whole or not at all. For who may read the document and its content.
 */
import { encodeUuid, type ResourceId, type Uuid } from '../../fhir/id.ts'
import type { DocumentFacts } from '../../policy/facts.ts'
import type { Runner } from '../database.ts'
import { documentFacts, type StoredVersion } from '../documents/read-document.ts'
import { sql } from '../sql.ts'
import { firstIdAt, versionCondition } from '../traces/trace-columns.ts'
import type { StoredSeal } from './seals.ts'

export type SealedDocument = {
  /** The oldest first; the last is the current one. */
  readonly versions: readonly StoredVersion[]
  readonly seals: readonly StoredSeal[]
  /** As the columns say it, which policy and search read. */
  readonly facts: DocumentFacts
  readonly binaryId: Uuid
  readonly contentType: string
  /** The text of the List that the deposit's seal names. */
  readonly submission: string | undefined
  /** Whether a trace tells of a version after the current one: it was written, and is gone. */
  readonly newerTraced: boolean
}

type VersionJson = { readonly version: number; readonly updated: number; readonly body: string }
type SealJson = Omit<
  StoredSeal,
  'recorded' | 'metadata' | 'text' | 'content' | 'previous' | 'submission_text' | 'signature'
> & {
  readonly recorded: number
  readonly metadata: string
  readonly text: string
  readonly content: string | null
  readonly previous: string | null
  readonly submission_text: string | null
  readonly signature: string
}

type Row = {
  readonly version: number
  readonly last_updated: number
  readonly body: string
  readonly type: string
  readonly status: string
  readonly archived: boolean
  readonly masked: boolean
  readonly invisible_patient: boolean
  readonly invisible_legal: boolean
  readonly authors: string[]
  readonly binary_id: Uuid
  readonly content_type: string
  readonly former: readonly VersionJson[] | null
  readonly seals: readonly SealJson[] | null
  readonly submission: string | null
  readonly newer_traced: boolean
}

export async function readSealedDocument(
  db: Runner,
  { patientKey, id }: ResourceId,
): Promise<SealedDocument | undefined> {
  const [row] = await db.run<Row>(
    sql`select d.version, d.last_updated, d.body, d.type, d.status, d.archived, d.masked, d.invisible_patient,
        d.invisible_legal, d.authors, d.binary_id, d.content_type,
        (select json_agg(json_build_object('version', v.version,
            'updated', (extract(epoch from v.last_updated) * 1000)::bigint, 'body', v.body) order by v.version)
          from resource_version v
          where v.patient_key = ${patientKey}::uuid and v.type = 'DocumentReference' and v.id = ${id}::text) as former,
        (select json_agg(json_build_object('document', s.document, 'version', s.version,
            'recorded', (extract(epoch from s.recorded) * 1000)::bigint, 'activity', s.activity, 'actor', s.actor,
            'person', s.person, 'organization', s.organization, 'client', s.client,
            'metadata', encode(s.metadata, 'hex'), 'text', encode(s.text, 'hex'), 'content', encode(s.content, 'hex'),
            'previous', encode(s.previous, 'hex'), 'submission', s.submission,
            'submission_text', encode(s.submission_text, 'hex'), 'verdict', s.verdict, 'kid', s.kid,
            'signature', encode(s.signature, 'hex')) order by s.version)
          from seal s
          where s.patient_key = ${patientKey}::uuid and s.document = ${id}::uuid) as seals,
        (select l.body from seal s
          join resource l on l.patient_key = s.patient_key and l.type = 'List' and l.id = s.submission::text
          where s.patient_key = ${patientKey}::uuid and s.document = ${id}::uuid and s.version = 1) as submission,
        exists (select from audit a
          where a.patient_key = ${patientKey}::uuid and a.id >= ${firstIdAt(sql`d.last_updated`)} and a.status < 400
            and ${versionCondition('DocumentReference', encodeUuid(id), sql`d.version + 1`)})
          as newer_traced
      from document d
      where d.patient_key = ${patientKey}::uuid and d.id = ${id}::uuid`,
  )
  return row && sealedDocument(row)
}

function sealedDocument(row: Row): SealedDocument {
  const { version, last_updated: lastUpdated, body } = row
  return {
    versions: [
      ...(row.former ?? []).map(({ updated, ...former }) => ({ ...former, lastUpdated: updated })),
      { version, lastUpdated, body },
    ],
    seals: (row.seals ?? []).map((seal) => ({
      ...seal,
      metadata: bytes(seal.metadata),
      text: bytes(seal.text),
      content: seal.content === null ? null : bytes(seal.content),
      previous: seal.previous === null ? null : bytes(seal.previous),
      submission_text: seal.submission_text === null ? null : bytes(seal.submission_text),
      signature: bytes(seal.signature),
    })),
    facts: documentFacts(row),
    binaryId: row.binary_id,
    contentType: row.content_type,
    submission: row.submission ?? undefined,
    newerTraced: row.newer_traced,
  }
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
