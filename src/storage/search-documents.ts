/**
 * A page of documents of one record: the scope and the search are one `where`, before the `limit`.
 */
import type { Uuid } from '../fhir/id.ts'
import type { StoredText } from '../fhir/served-text.ts'
import type { DocumentScope } from '../policy/document-scope.ts'
import type { Position } from '../search/cursor.ts'
import { textEntry } from '../search/record/record-entry.ts'
import type { SearchExpression } from '../search/search-expression.ts'
import type { Runner } from './database.ts'
import { documentCondition } from './document-condition.ts'
import { criterionCondition } from './search-sql/criterion-condition.ts'
import { pageOrder, positionOf } from './search-sql/page-order.ts'
import { documentColumns, documentSortColumns } from './search-sql/record-columns.ts'
import { joinSql, type Sql, sql } from './sql.ts'

export type FoundDocument = {
  readonly id: Uuid
  readonly version: number
  readonly body: StoredText
}

export type Page = {
  readonly entries: readonly FoundDocument[]
  /** Where the next page begins; undefined: there is none. */
  readonly next: Position | undefined
  /** Of all pages; undefined when it was not asked for. */
  readonly total: number | undefined
}

type Row = FoundDocument & { readonly keys: readonly (string | null)[] }

/**
 * One row more than the page is asked for: it says whether there is a next one, without counting. Who wants the total gets
 * it; where the first page holds all that was found nothing is counted.
 */
export async function searchDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
  after: Position | undefined,
  counted = false,
): Promise<Page> {
  const count = () => (counted ? countDocuments(db, patientKey, scope, search) : undefined)
  if (search.count === 0) return { entries: [], next: undefined, total: await count() }
  const isBehind = after !== undefined
  const [found, total] = await Promise.all([
    readPage(db, patientKey, scope, search, after),
    isBehind ? count() : undefined,
  ])
  const entries = found.slice(0, search.count)
  const last = found.length > entries.length ? entries.at(-1) : undefined
  const isAll = !isBehind && !last
  return {
    entries,
    next: last && positionOf(last, search.sort, documentSortColumns),
    total: isAll ? (counted ? entries.length : undefined) : isBehind ? total : await count(),
  }
}

function readPage(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
  after: Position | undefined,
): Promise<Row[]> {
  const { keys, orderBy, beyond } = pageOrder('d', documentSortColumns, search.sort, after)
  return db.run<Row>(
    sql`select d.id, d.version, d.body::varchar as body, ${keys} from document d
      where ${everything(patientKey, scope, search)} and ${beyond}
      order by ${orderBy} limit ${search.count + 1}::integer`,
  )
}

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

/** Documents of the record by their ids, as far as the scope shows them: what an include brings along. */
export async function readSeenDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  ids: readonly Uuid[],
): Promise<FoundDocument[]> {
  if (ids.length === 0) return []
  return db.run(
    sql`select d.id, d.version, d.body from document d
      where d.patient_key = ${patientKey}::uuid and d.id = any (${ids}::uuid[]) and ${documentCondition(scope)}
      order by d.date desc, d.id desc`,
  )
}

/** Documents whose `relatesTo` leads to one of these places (`DocumentReference/…`), as far as the scope shows them. */
export async function documentsRelatedTo(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  places: readonly string[],
  limit: number,
): Promise<FoundDocument[]> {
  const entries = places.map((place) => textEntry('relatesto', place))
  return db.run(
    sql`select d.id, d.version, d.body from document d
      where d.patient_key = ${patientKey}::uuid and d.tokens && ${entries}::text[] and ${documentCondition(scope)}
      order by d.date desc, d.id desc limit ${limit}::integer`,
  )
}

function everything(patientKey: Uuid, scope: DocumentScope, search: SearchExpression): Sql {
  const place = { row: 'd', columns: documentColumns, patientKey } as const
  return joinSql(
    [
      sql`d.patient_key = ${patientKey}::uuid`,
      documentCondition(scope),
      ...search.criteria.map((criterion) => criterionCondition(place, criterion)),
    ],
    ' and ',
  )
}
