/**
 * A page of submission sets and folders of one record (ITI-66): policy is in the statement, before the limit.
 */
import { isUuid, type Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Position } from '../../search/cursor.ts'
import type { SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { criterionCondition } from '../search-sql/criterion-condition.ts'
import { type KeyedRow, pageOrder, positionOf } from '../search-sql/page-order.ts'
import { listColumns, listSortColumns } from '../search-sql/record-columns.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import type { FolderItem } from './folders.ts'
import { listCondition, namesAny, withSeen } from './list-condition.ts'

export type FoundList = {
  readonly id: Uuid
  readonly version: number
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly body: string
  /** Of a folder: what is seen of it, in the order in which it was put in. The body of a folder names nothing. */
  readonly items: readonly FolderItem[] | undefined
  /** Documents and folders that a set names. */
  readonly documents: readonly Uuid[]
  readonly folders: readonly Uuid[]
}

export type ListPage = {
  readonly entries: readonly FoundList[]
  /** Where the next page begins; undefined: there is none. */
  readonly next: Position | undefined
}

type Row = {
  readonly id: Uuid
  readonly version: number
  readonly last_updated: number
  readonly body: string
  readonly folder: boolean
  readonly documents: string[]
  readonly folders: string[]
  readonly items: { readonly document: Uuid; readonly added: number }[] | null
}

/** One row more than the page is asked for: it says whether there is a next one. Texts are read of the page alone. */
export async function searchLists(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
  after: Position | undefined,
): Promise<ListPage> {
  if (search.count === 0) return { entries: [], next: undefined }
  const { keys, orderBy, beyond } = pageOrder('l', listSortColumns, search.sort, after)
  const rows = await db.run<Row & KeyedRow>(
    sql`${withSeen(patientKey, scope)}
      select ${found}${keys} from (
        select l.* from ${lists}
        where ${everything(patientKey, search)} and ${beyond}
        order by ${orderBy} limit ${search.count + 1}::integer
      ) l ${joined} order by ${orderBy}`,
  )
  const entries = rows.slice(0, search.count)
  const last = rows.length > entries.length ? entries.at(-1) : undefined
  return { entries: entries.map(listOf), next: last && positionOf(last, search.sort) }
}

export async function countLists(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  search: SearchExpression,
): Promise<number> {
  const [row] = await db.run<{ total: number }>(
    sql`${withSeen(patientKey, scope)}
      select count(*)::integer as total from ${lists} where ${everything(patientKey, search)}`,
  )
  return row?.total ?? 0
}

/** The lists that name one of these documents, as far as the scope shows either. */
export async function listsNaming(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  documents: readonly Uuid[],
  limit: number,
): Promise<FoundList[]> {
  if (documents.length === 0) return []
  const rows = await db.run<Row>(
    sql`${withSeen(patientKey, scope)}
      select ${found} from document_list l ${joined}
      where l.patient_key = ${patientKey}::uuid and ${namesAny(documents)} and ${listCondition}
      order by l.date desc, l.id desc limit ${limit}::integer`,
  )
  return rows.map(listOf)
}

/** Lists of the record by their ids, as far as the scope shows them. */
export async function readSeenLists(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  ids: readonly Uuid[],
): Promise<FoundList[]> {
  if (ids.length === 0) return []
  const rows = await db.run<Row>(
    sql`${withSeen(patientKey, scope)}
      select ${found} from document_list l ${joined}
      where l.patient_key = ${patientKey}::uuid and l.id = any (${ids}::uuid[]) and ${listCondition}
      order by l.date desc, l.id desc`,
  )
  return rows.map(listOf)
}

/** What is searched, `updated` as it is shown: a folder is as new as what is seen of it (folder-body.ts). */
const lists: Sql = sql`(select l.*, case when l.folder
      then (select greatest(l.last_updated, max(i.added_at)) from folder_item i
        where i.patient_key = l.patient_key and i.folder = l.id and i.document in (select s.id from seen s))
      else l.last_updated end as updated
    from document_list l) l`

const found: Sql = sql`l.id, r.version, r.last_updated, r.body, l.folder, l.documents::text[] as documents,
      l.folders::text[] as folders,
      case when l.folder then (select json_agg(json_build_object('document', i.document,
          'added', floor(extract(epoch from i.added_at) * 1000)::bigint) order by i.added_at, i.position, i.document)
        from folder_item i where i.patient_key = l.patient_key and i.folder = l.id
          and i.document in (select s.id from seen s)) end as items`

const joined: Sql = sql`join resource r
        on r.patient_key = l.patient_key and r.type = 'List' and r.id = l.id::text`

function everything(patientKey: Uuid, { criteria }: SearchExpression): Sql {
  const place = { row: 'l', columns: listColumns, patientKey, namesAny } as const
  return joinSql(
    [
      sql`l.patient_key = ${patientKey}::uuid`,
      ...criteria.map((criterion) => criterionCondition(place, criterion)),
      listCondition,
    ],
    ' and ',
  )
}

function listOf({ last_updated: lastUpdated, folder, items, id, version, body, ...named }: Row): FoundList {
  return {
    id,
    version,
    lastUpdated,
    body,
    items: folder ? (items ?? []).map(({ document, added }) => ({ document, addedAt: added })) : undefined,
    documents: named.documents.filter(isUuid),
    folders: named.folders.filter(isUuid),
  }
}
