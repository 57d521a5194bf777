/**
 * A page of a search over generic resources, and how many there are in all. A page has one row more than it is asked
 * for: that says whether there is a next one, without counting.
 * @see https://hl7.org/fhir/R4/search.html, docs/decisions/0008
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Uuid } from '../../fhir/id.ts'
import type { Position } from '../../search/cursor.ts'
import type { SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { type Asked, isLive } from '../resource-search/asked.ts'
import { criterionCondition } from '../resource-search/criterion-condition.ts'
import { gatherable, gatheredPage, mostOf, walkedPage } from '../resource-search/gathered-page.ts'
import { type Prices, usualPrices } from '../resource-search/prices.ts'
import { readPage } from '../resource-search/read-by-code.ts'
import type { FoundRow } from '../resource-search/read-in-order.ts'
import { resolveLinks } from '../resource-search/resolve-links.ts'
import { joinSql, sql } from '../sql.ts'
import type { Reach } from './reach.ts'
import { storedResource } from './resource-row.ts'
import { runSearch } from './run-search.ts'
import type { StoredResource } from './stored-resource.ts'

/** `position`: the sort values, then the type where several are searched, then the id. */
export type FoundResource = StoredResource & { readonly position: Position }
export type FoundPage = { readonly entries: readonly FoundResource[]; readonly more: boolean }

/** @throws FhirError 400 for a position of another search, and for a search that takes too long */
export async function searchResources(
  db: Runner,
  patientKey: Uuid,
  search: SearchExpression,
  after: Position | undefined,
  reach: Reach,
  now: number = Date.now(),
  prices: Prices = usualPrices,
): Promise<FoundPage> {
  if (search.count === 0) return { entries: [], more: false }
  const parts = search.sort.length + (search.types.length === 1 ? 1 : 2)
  if (after && after.length !== parts) throw refusal('invalid', 'curseur-invalide')
  const of = asked(patientKey, search, reach, now, prices)
  const rows = (await byId(db, search, of, after)) ?? (await walked(db, search, of, after))
  const entries = rows.slice(0, search.count).map((row) => ({
    ...storedResource(patientKey, row),
    position: positionOf(row, search),
  }))
  return { entries, more: rows.length > search.count }
}

type GatheredRow = { readonly gathered: number } & (FoundRow | { readonly id: null })

/** Undefined for a search that is sorted, or has several criteria, or one that the resources themselves answer. */
async function byId(
  db: Runner,
  search: SearchExpression,
  of: Asked,
  after: Position | undefined,
): Promise<FoundRow[] | undefined> {
  const criterion = gatherable(search, of)
  if (!criterion) return undefined
  const limit = search.count + 1
  const most = await mostOf(db, criterion, of, limit)
  if (most > 0) {
    const rows = await runSearch<GatheredRow>(db, gatheredPage(criterion, of, after, limit, most))
    const all = rows.every(({ gathered }) => gathered <= most)
    if (all) return rows.flatMap((row) => (row.id === null ? [] : row))
  }
  return runSearch<FoundRow>(db, walkedPage(criterion, of, after, limit))
}

async function walked(
  db: Runner,
  search: SearchExpression,
  of: Asked,
  after: Position | undefined,
): Promise<FoundRow[]> {
  const limit = search.count + 1
  const criteria = await resolveLinks(db, search.criteria, of, limit)
  return readPage(db, { ...search, criteria }, of, after, limit)
}

/** Of matches, without what is included. */
export async function countResources(
  db: Runner,
  patientKey: Uuid,
  search: Pick<SearchExpression, 'types' | 'criteria'>,
  reach: Reach,
  now: number = Date.now(),
): Promise<number> {
  const of = asked(patientKey, search, reach, now)
  const conditions = [isLive(of), ...search.criteria.map((criterion) => criterionCondition(criterion, of))]
  const [row] = await runSearch<{ total: number }>(
    db,
    sql`select count(*)::integer as total from resource r0 where ${joinSql(conditions, ' and ')}`,
  )
  return row?.total ?? 0
}

function asked(
  patientKey: Uuid,
  { types }: Pick<SearchExpression, 'types'>,
  reach: Reach,
  now: number,
  prices: Prices = usualPrices,
): Asked {
  return { patientKey, types, reach, now, prices, depth: 0 }
}

function positionOf(row: FoundRow, search: SearchExpression): Position {
  const values = search.sort.map((_, i) => row[`v${i}`] ?? null)
  return search.types.length === 1 ? [...values, row.id] : [...values, row.type, row.id]
}
