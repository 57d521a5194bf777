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
import { pageSegments } from '../resource-search/page-segments.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import type { Reach } from './reach.ts'
import { type ResourceRow, storedResource } from './resource-row.ts'
import type { StoredResource } from './stored-resource.ts'

/** `position`: the sort values, then the type where several are searched, then the id. */
export type FoundResource = StoredResource & { readonly position: Position }
export type FoundPage = { readonly entries: readonly FoundResource[]; readonly more: boolean }

type FoundRow = ResourceRow & { readonly [value: `v${number}`]: string | number | null }

/** @throws FhirError 400 for a position of another search, and for a search that takes too long */
export async function searchResources(
  db: Runner,
  patientKey: Uuid,
  search: SearchExpression,
  after: Position | undefined,
  reach: Reach,
  now: number = Date.now(),
): Promise<FoundPage> {
  if (search.count === 0) return { entries: [], more: false }
  const parts = search.sort.length + (search.types.length === 1 ? 1 : 2)
  if (after && after.length !== parts) throw refusal('invalid', 'curseur-invalide')
  const rows: FoundRow[] = []
  for (const segment of pageSegments(search, asked(patientKey, search, reach, now), after)) {
    const missing = search.count + 1 - rows.length
    if (missing > 0) rows.push(...(await runSearch<FoundRow>(db, segment.statement(missing))))
  }
  const entries = rows.slice(0, search.count).map((row) => ({
    ...storedResource(patientKey, row),
    position: positionOf(row, search),
  }))
  return { entries, more: rows.length > search.count }
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
): Asked {
  return { patientKey, types, reach, now, depth: 0 }
}

function positionOf(row: FoundRow, search: SearchExpression): Position {
  const values = search.sort.map((_, i) => row[`v${i}`] ?? null)
  return search.types.length === 1 ? [...values, row.id] : [...values, row.type, row.id]
}

const QUERY_CANCELED = '57014'

/** @throws FhirError 400 when PostgreSQL gave up on it: asked again, it would take as long */
async function runSearch<Row>(db: Runner, statement: Sql): Promise<Row[]> {
  try {
    return await db.run<Row>(statement, 'custom')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== QUERY_CANCELED) throw error
    const refused = refusal('too-costly', 'recherche-trop-couteuse')
    refused.cause = error
    throw refused
  }
}
