/** The ids of what meets some criteria, all at once and without order, as long as they are few. */
import type { Criterion } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { inPartition } from '../resources/partition.ts'
import { runSearch } from '../resources/run-search.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, isLive, isOfTypes, rowOf } from './asked.ts'
import { criterionCondition, foundIds, needsRow } from './criterion-condition.ts'
import { isOfThere } from './link-condition.ts'
import { mayMeet } from './signature-condition.ts'

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
 * Of resources that refer to these and meet the criteria too. `offset 0`: the references come first, and what they stand in
 * is opened one by one, where its signature lets it.
 */
export function gatherReferring(
  db: Runner,
  parameter: string,
  ends: readonly { readonly type: string; readonly ids: readonly string[] }[],
  criteria: readonly Criterion[],
  of: Asked,
  most: number,
): Promise<readonly string[] | undefined> {
  const row = rowOf(of)
  const bits = criteria.flatMap((criterion) => mayMeet(sql`f`, criterion) ?? [])
  const targets = ends.map(
    ({ type, ids }) => sql`(f.target_type = ${type}::text and f.target_id = any (${ids}::text[]))`,
  )
  const inPassing = { ...of, termsInPassing: true as const }
  const ids = sql`select m.id from (
      select f.id from search_reference f
        where ${inPartition(sql`f`, of.patientKey)} and ${isOfTypes(sql`f`, of)} and f.parameter = ${parameter}::text
          and (${joinSql(targets, ' or ')}) and ${joinSql([sql`true`, ...bits], ' and ')} offset 0) m
    cross join lateral (
      select from resource ${row} where ${row}.id = m.id and ${meets(criteria, inPassing)} offset 0) seen`
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
  const count = await estimatedRows(db, sql`resource ${rowOf(of)} where ${isLive(of, true)}`)
  return Math.ceil(Math.sqrt(limit * count * rowsALook))
}

/** How many resources a criterion finds, about; 0 where PostgreSQL has nothing to tell it by. */
export async function estimatedMatches(db: Runner, criterion: Criterion, of: Asked): Promise<number> {
  // Terms say the type already: to ask for it too would be taken for a further choice.
  if (!needsRow(criterion, of)) return 0
  return estimatedRows(
    db,
    sql`resource ${rowOf(of)} where ${inPartition(rowOf(of), of.patientKey)} and ${criterionCondition(criterion, of)}`,
  )
}

/** What PostgreSQL expects without looking. */
export async function estimatedRows(db: Runner, from: Sql): Promise<number> {
  const [plan] = await db.run<{ 'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) select from ${from}`,
    'custom',
  )
  return plan?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}
