/**
 * A page of documents of one record: the scope and the search are one `where`, before the `limit`.
 */
import type { Uuid } from '../fhir/id.ts'
import type { DocumentScope } from '../policy/document-scope.ts'
import type { Position } from '../search/cursor.ts'
import type { SearchExpression } from '../search/search-expression.ts'
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
  after: Position | undefined,
): Promise<Page> {
  if (search.count === 0) return { entries: [], more: false }
  const column = sortColumn(search)
  const direction = search.sort.descending ? sql`desc` : sql`asc`
  const found = await db.run<FoundDocument>(
    sql`select d.id, d.version, d.body, ${column} as at from document d
      where ${everything(patientKey, scope, search)} and ${beyond(column, search.sort.descending, after)}
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

function beyond(column: Sql, descending: boolean, after: Position | undefined): Sql {
  if (!after) return sql`true`
  const position = sql`(${timestamp(after.at)}::timestamptz, ${after.id}::uuid)`
  return descending ? sql`(${column}, d.id) < ${position}` : sql`(${column}, d.id) > ${position}`
}

function sortColumn(search: SearchExpression): Sql {
  const column = documentSortColumns.get(search.sort.parameter)
  if (!column) throw new Error(`No column to sort by ${search.sort.parameter}`)
  return sql`d.${name(column)}`
}
