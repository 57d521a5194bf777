/**
 * A page of documents of one record: the scope and the search are one `where`, before the `limit`.
 */
import type { Uuid } from '../fhir/id.ts'
import type { DocumentScope } from '../policy/document-scope.ts'
import type { SearchExpression, SortKey } from '../search/search-expression.ts'
import type { TimePosition } from '../search/time-position.ts'
import type { Runner } from './database.ts'
import { documentCondition } from './document-condition.ts'
import { criterionCondition } from './search-sql/criterion-condition.ts'
import { documentSortColumns } from './search-sql/document-columns.ts'
import { joinSql, name, type Sql, sql } from './sql.ts'
import { timestamp } from './timestamp.ts'

export type FoundDocument = {
  readonly id: Uuid
  readonly version: number
  readonly body: string
  /** Sort value, milliseconds since 1970. */
  readonly at: number
}

export type Page = { readonly entries: readonly FoundDocument[]; readonly more: boolean }

/** One row more than the page is asked for: it says whether there is a next one, without counting. */
export async function searchDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
  after: TimePosition | undefined,
): Promise<Page> {
  if (search.count === 0) return { entries: [], more: false }
  const { parameter, descending } = sortKey(search)
  const column = sortColumn(parameter)
  const direction = descending ? sql`desc` : sql`asc`
  const found = await db.run<FoundDocument>(
    sql`select d.id, d.version, d.body, ${column} as at from document d
      where ${everything(patientKey, scope, search)} and ${beyond(column, descending, after)}
      order by ${column} ${direction}, d.id ${direction} limit ${search.count + 1}::integer`,
  )
  return { entries: found.slice(0, search.count), more: found.length > search.count }
}

/** Only on `_total=accurate`. */
export async function countDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
): Promise<number> {
  const [row] = await db.run<{ total: number }>(
    sql`select count(*)::integer as total from document d where ${everything(patientKey, scope, search)}`,
  )
  return row?.total ?? 0
}

function everything(patientKey: Uuid, scope: DocumentScope, search: SearchExpression): Sql {
  return joinSql(
    [
      sql`d.patient_key = ${patientKey}::uuid`,
      documentCondition(scope),
      ...search.criteria.map((criterion) => criterionCondition(criterion, patientKey)),
    ],
    ' and ',
  )
}

function beyond(column: Sql, descending: boolean, after: TimePosition | undefined): Sql {
  if (!after) return sql`true`
  const position = sql`(${timestamp(after.at)}::timestamptz, ${after.id}::uuid)`
  return descending ? sql`(${column}, d.id) < ${position}` : sql`(${column}, d.id) > ${position}`
}

/** INVARIANT: documents are searched with one key, so that a position is one time and one id. */
function sortKey({ sort: [key, ...others] }: SearchExpression): SortKey {
  if (!key || others.length > 0) throw new Error('Documents are sorted by one column')
  return key
}

function sortColumn(parameter: string): Sql {
  const column = documentSortColumns.get(parameter)
  if (!column) throw new Error(`No column to sort by ${parameter}`)
  return sql`d.${name(column)}`
}
