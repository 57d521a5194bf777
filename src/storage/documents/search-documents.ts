/**
 * A page of documents of one record: the scope and the search are one `where`, before the `limit`.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { StoredText } from '../../fhir/served-text.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Position } from '../../search/cursor.ts'
import { textEntry } from '../../search/record/record-entry.ts'
import type { SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { criterionCondition } from '../search-sql/criterion-condition.ts'
import { type KeyedRow, pageOrder, positionOf } from '../search-sql/page-order.ts'
import { documentColumns, documentSortColumns } from '../search-sql/record-columns.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { documentCondition } from './document-condition.ts'

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

type Row = FoundDocument & KeyedRow

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
  wantsTotal = false,
): Promise<Page> {
  const count = async () => (wantsTotal ? countDocuments(db, patientKey, scope, search) : undefined)
  if (search.count === 0) return { entries: [], next: undefined, total: await count() }
  if (after) {
    const [found, total] = await Promise.all([readPage(db, patientKey, scope, search, after), count()])
    return { ...pageOf(found, search), total }
  }
  const page = pageOf(await readPage(db, patientKey, scope, search, after), search)
  const isAll = page.next === undefined
  return { ...page, total: wantsTotal && isAll ? page.entries.length : await count() }
}

function pageOf(found: readonly Row[], search: SearchExpression): Omit<Page, 'total'> {
  const entries = found.slice(0, search.count)
  const last = found.length > entries.length ? entries.at(-1) : undefined
  return { entries, next: last && positionOf(last, search.sort) }
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
    sql`select d.id, d.version, d.body::varchar as body${keys} from document d
      where ${everything(patientKey, scope, search)} and ${beyond}
      order by ${orderBy} limit ${search.count + 1}::integer`,
  )
}

/**
 * Counted off the index `document_counted` where all that is asked lies in it: no row is looked at. Authors do not lie there, so
 * where masked documents are for their authors alone, these few are counted by themselves.
 * @see docs/decisions/0028 (measured)
 */
export async function countDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
): Promise<number> {
  const many = (part: DocumentScope, more: Sql): Sql =>
    sql`(select count(*) from document d where ${everything(patientKey, part, search)} and ${more})`
  const ownMasked: DocumentScope = { ...scope, masked: 'all', onlyOwn: true }
  const isSplit = scope.masked === 'own' && !scope.onlyOwn
  const total = isSplit
    ? sql`${many({ ...scope, masked: 'none' }, counted)} + ${many(ownMasked, sql`d.masked and ${counted}`)}`
    : many(scope, counted)
  const [row] = await db.run<{ total: number }>(sql`select (${total})::integer as total`)
  return row?.total ?? 0
}

/**
 * True of every document, and the condition of that index: what says this may use it. A page does not, and goes by the order it
 * is wanted in: a plan that is made once for all values cannot know whether few documents of a type are to be sorted or all.
 */
const counted = sql`d.patient_key <> '00000000-0000-0000-0000-000000000000'`

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
