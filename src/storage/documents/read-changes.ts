/**
 * Versions of the documents of a record, the last committed first (decision 0014). Who may see them is decided on each
 * document as it is today.
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { isUuid, type Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Position } from '../../search/cursor.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { documentCondition } from './document-condition.ts'
import type { StoredVersion } from './read-document.ts'

export type ChangesQuery = {
  readonly patientKey: Uuid
  readonly scope: DocumentScope
  /** Only what was committed then or later, milliseconds since 1970. */
  readonly since: number | undefined
  /** Only versions that were current at some time within [start, end). */
  readonly within: { readonly start: number; readonly end: number } | undefined
  readonly after: Position | undefined
  readonly limit: number
}

export type Change = StoredVersion & {
  readonly id: Uuid
  /** Its place in the order of commits, milliseconds since 1970. */
  readonly at: number
}

type Row = {
  readonly id: Uuid
  readonly version: number
  readonly at: number
  readonly last_updated: number
  readonly body: string
}

/** @returns at most `limit` versions, and whether there are more */
export async function readChanges(
  db: Runner,
  { patientKey, scope, since, within, after, limit }: ChangesQuery,
): Promise<{ readonly changes: readonly Change[]; readonly more: boolean }> {
  const rows = await db.run<Row>(
    sql`select c.id, c.version, c.at, coalesce(v.last_updated, d.last_updated) as last_updated,
        coalesce(v.body, d.body) as body
      from document_change c
      join document d on d.patient_key = c.patient_key and d.id = c.id
      left join resource_version v on v.patient_key = c.patient_key and v.type = 'DocumentReference'
        and v.id = c.id::text and v.version = c.version
      where c.patient_key = ${patientKey}::uuid and ${documentCondition(scope)}
        ${since === undefined ? sql`` : sql`and c.at >= ${timestamp(since)}::timestamptz`}
        ${within ? currentWithin(within) : sql``}
        ${after ? before(after) : sql``}
      order by c.at desc, c.id desc, c.version desc limit ${limit + 1}::integer`,
  )
  return {
    changes: rows
      .slice(0, limit)
      .map(({ last_updated: lastUpdated, ...change }) => ({ ...change, lastUpdated })),
    more: rows.length > limit,
  }
}

export function changePosition({ at, id, version }: Change): Position {
  return [at, id, version]
}

function currentWithin({ start, end }: { readonly start: number; readonly end: number }): Sql {
  return sql`and coalesce(v.last_updated, d.last_updated) < ${timestamp(end)}::timestamptz
        and coalesce(v.replaced_at, 'infinity') > ${timestamp(start)}::timestamptz`
}

function before([at, id, version]: Position): Sql {
  if (typeof at !== 'number' || typeof id !== 'string' || !isUuid(id) || !Number.isSafeInteger(version))
    throw refusal('invalid', 'curseur-invalide')
  return sql`and (c.at, c.id, c.version) < (${timestamp(at)}::timestamptz, ${id}::uuid, ${version}::integer)`
}
