/**
 * Histories of one resource, of a type, of everything: current versions and those before them, newest first, deletions
 * included. A version is within reach when the resource, as it is today, is.
 * @see https://hl7.org/fhir/R4/http.html#history
 *
 * NOT guaranteed: a transaction that commits late may bring a version older than what a page has already shown.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { inPartition } from './partition.ts'
import type { Reach } from './reach.ts'
import { type ResourceRow, resourceColumns, storedResource } from './resource-row.ts'
import type { StoredResource } from './stored-resource.ts'

/** Where a page ended: what distinguishes a version from all others, in the order of the history. */
export type HistoryPosition = Pick<StoredResource, 'lastUpdated' | 'type' | 'id' | 'version'>

export type HistoryQuery = {
  readonly patientKey: Uuid
  /** With `id`: of one resource; alone: of a type; neither: of everything. */
  readonly type?: string
  readonly id?: string
  /** Only versions made then or later, milliseconds since 1970. */
  readonly since?: number
  /** Only versions that were current at some time within [start, end). */
  readonly at?: { readonly start: number; readonly end: number }
  /** The last version of the page before. */
  readonly before?: HistoryPosition
  readonly limit: number
}

/** `revives`: the version before it is a deletion. */
export type HistoricVersion = StoredResource & { readonly revives: boolean }
export type History = { readonly versions: HistoricVersion[]; readonly more: boolean }

type HistoryRow = ResourceRow & { readonly revives: boolean }

export async function readHistory(db: Runner, query: HistoryQuery, reach: Reach): Promise<History> {
  const rows = await db.run<HistoryRow>(
    sql`select h.*, exists (select from resource_version b where ${inPartition(sql`b`, query.patientKey)}
          and b.type = h.type and b.id = h.id and b.version = h.version - 1 and b.method = 'DELETE') as revives
      from (
        (select ${resourceColumns(sql`r`)} from resource r
          where ${conditions(sql`r`, query)} and ${reach.condition(sql`r`)} ${pageOf(sql`r`, query)})
        union all
        (select ${resourceColumns(sql`v`)} from resource_version v
          where ${conditions(sql`v`, query)} and ${currentUntil(query)}
            and exists (select from resource r where r.patient_key = v.patient_key and r.type = v.type and r.id = v.id
              and ${reach.condition(sql`r`)}) ${pageOf(sql`v`, query)})
      ) h ${pageOf(sql`h`, query)}`,
    'custom',
  )
  const versions = rows
    .slice(0, query.limit)
    .map((row) => ({ ...storedResource(query.patientKey, row), revives: row.revives }))
  return { versions, more: rows.length > query.limit }
}

export async function countHistory(
  db: Runner,
  query: Omit<HistoryQuery, 'before' | 'limit'>,
  reach: Reach,
): Promise<number> {
  const [row] = await db.run<{ total: number }>(
    sql`select (
        (select count(*) from resource r where ${conditions(sql`r`, query)} and ${reach.condition(sql`r`)}) +
        (select count(*) from resource_version v where ${conditions(sql`v`, query)} and ${currentUntil(query)}
          and exists (select from resource r where r.patient_key = v.patient_key and r.type = v.type and r.id = v.id
            and ${reach.condition(sql`r`)}))
      )::integer as total`,
    'custom',
  )
  return row?.total ?? 0
}

type Conditions = Omit<HistoryQuery, 'limit'>

function conditions(alias: Sql, { patientKey, type, id, since, at, before }: Conditions): Sql {
  const all = [inPartition(alias, patientKey)]
  if (type !== undefined) all.push(sql`${alias}.type = ${type}::text`)
  if (id !== undefined) all.push(sql`${alias}.id = ${id}::text`)
  if (since !== undefined) all.push(sql`${alias}.last_updated >= ${timestamp(since)}::timestamptz`)
  if (at !== undefined) all.push(sql`${alias}.last_updated < ${timestamp(at.end)}::timestamptz`)
  if (before !== undefined) {
    all.push(sql`(${alias}.last_updated, ${alias}.type, ${alias}.id, ${alias}.version) <
      (${timestamp(before.lastUpdated)}::timestamptz, ${before.type}::text, ${before.id}::text,
        ${before.version}::integer)`)
  }
  return joinSql(all, ' and ')
}

function currentUntil({ at }: Conditions): Sql {
  return at === undefined ? sql`true` : sql`v.replaced_at > ${timestamp(at.start)}::timestamptz`
}

function pageOf(alias: Sql, { limit }: HistoryQuery): Sql {
  return sql`order by ${alias}.last_updated desc, ${alias}.type desc, ${alias}.id desc, ${alias}.version desc
    limit ${limit + 1}::integer`
}
