/** The ids of what meets some criteria, all at once and without order, as long as they are few. */
import type { Criterion } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { inPartition } from '../resources/partition.ts'
import { runSearch } from '../resources/run-search.ts'
import type { Term } from '../search-index/index-entries.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, isLive, rowOf } from './asked.ts'
import { criterionCondition, foundIds, needsRow } from './criterion-condition.ts'
import { isOfThere } from './link-condition.ts'

/**
 * @param of one type
 * @param all 'there': each of them is; otherwise, of what `_has` finds alone, some may not be, and are still to be opened
 * @returns undefined when there are more than `most`, or so many rows of them
 */
export function gatherIds(
  db: Runner,
  criteria: readonly Criterion[],
  of: Asked,
  most: number,
  all: 'there' | 'found' = 'found',
): Promise<readonly string[] | undefined> {
  const [first, ...others] = criteria
  const alone = first && others.length === 0 && of.reach.unrestricted && (all === 'found' || isOfThere(first))
  const found = alone ? foundIds(first, of) : undefined
  const row = rowOf(of)
  return gather(db, found ?? sql`select ${row}.id from resource ${row} where ${meets(criteria, of)}`, most)
}

/**
 * Of resources that have one of many terms and meet the criteria too: a search for each term. One search for all of them
 * would look at every one anew for each row, and be estimated as if it found a large part of the table.
 */
export function gatherIdsByTerms(
  db: Runner,
  terms: readonly Term[],
  criteria: readonly Criterion[],
  of: Asked,
  most: number,
): Promise<readonly string[] | undefined> {
  const row = rowOf(of)
  const ids = sql`select m.id from unnest(${terms}::uuid[]) t (term) cross join lateral (
      select ${row}.id from resource ${row} where ${row}.terms @> array[t.term] and ${meets(criteria, of)} offset 0) m`
  return gather(db, ids, most)
}

function meets(criteria: readonly Criterion[], of: Asked): Sql {
  const there = criteria.some((criterion) => isOfThere(criterion) && foundIds(criterion, of) !== undefined)
  const conditions = [isLive(of, there), ...criteria.map((criterion) => criterionCondition(criterion, of))]
  return joinSql(conditions, ' and ')
}

/**
 * Materialised: planned for all of them, since a plan for the first few would walk along any order for those, and ended
 * when there are too many all the same.
 */
async function gather(db: Runner, ids: Sql, most: number): Promise<readonly string[] | undefined> {
  const rows = await runSearch<{ id: string }>(
    db,
    sql`with m (id) as materialized (${ids}) select m.id from m limit ${most + 1}::integer`,
  )
  return rows.length > most ? undefined : [...new Set(rows.map(({ id }) => id))]
}

/**
 * How many are gathered at most. Of `n` resources `m` match: to gather them costs `m` rows, to walk for a page of `limit`
 * so many times `n / m` looks, each about as dear as so many rows. Both cost the same where `m` is the root of it all.
 */
export async function mostGathered(db: Runner, of: Asked, limit: number, rowsALook: number): Promise<number> {
  const count = await estimate(db, of, isLive(of, true))
  return Math.ceil(Math.sqrt(limit * count * rowsALook))
}

/** How many resources a criterion finds, about; 0 where PostgreSQL has nothing to tell it by. */
export async function estimatedMatches(db: Runner, criterion: Criterion, of: Asked): Promise<number> {
  // Terms say the type already: to ask for it too would be taken for a further choice.
  if (!needsRow(criterion, of)) return 0
  return estimate(
    db,
    of,
    sql`${inPartition(rowOf(of), of.patientKey)} and ${criterionCondition(criterion, of)}`,
  )
}

/** What PostgreSQL expects without looking. */
async function estimate(db: Runner, of: Asked, condition: Sql): Promise<number> {
  const [plan] = await db.run<{ 'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) select from resource ${rowOf(of)} where ${condition}`,
    'custom',
  )
  return plan?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}
