/** The versions of one document, newest first. Who may see them is decided on the document as it is today. */
import type { ResourceId } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import type { StoredVersion } from './read-document.ts'

export type DocumentHistoryQuery = {
  readonly at: ResourceId
  /** The current version when it was decided who may see it: none that came later. */
  readonly upTo: number
  /** Only versions made then or later, milliseconds since 1970. */
  readonly since?: number
  /** Only versions that were current at some time within [start, end). */
  readonly within?: { readonly start: number; readonly end: number }
  readonly limit: number
}

type Row = { readonly version: number; readonly last_updated: number; readonly body: string }

/** @returns at most `limit` versions, and whether there are more */
export async function readDocumentHistory(
  db: Runner,
  query: DocumentHistoryQuery,
): Promise<{ readonly versions: readonly StoredVersion[]; readonly more: boolean }> {
  const { at, upTo, limit } = query
  const rows = await db.run<Row>(
    sql`select h.version, h.last_updated, h.body from (
        select d.version, d.last_updated, d.body, 'infinity'::timestamptz as replaced_at from document d
          where d.patient_key = ${at.patientKey}::uuid and d.id = ${at.id}::uuid
        union all
        select v.version, v.last_updated, v.body, v.replaced_at from resource_version v
          where v.patient_key = ${at.patientKey}::uuid and v.type = 'DocumentReference' and v.id = ${at.id}::text
      ) h
      where h.version <= ${upTo}::integer ${within(query)}
      order by h.version desc limit ${limit + 1}::integer`,
  )
  const versions = rows
    .slice(0, limit)
    .map(({ version, last_updated: lastUpdated, body }) => ({ version, lastUpdated, body }))
  return { versions, more: rows.length > limit }
}

function within({ since, within }: DocumentHistoryQuery): Sql {
  const from = since === undefined ? sql`` : sql`and h.last_updated >= ${timestamp(since)}::timestamptz`
  if (within === undefined) return from
  return sql`${from} and h.last_updated < ${timestamp(within.end)}::timestamptz
    and h.replaced_at > ${timestamp(within.start)}::timestamptz`
}
