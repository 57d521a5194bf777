/**
 * Whether a sorted page is read off sooner along the order, with a look at each signature in passing, than by gathering
 * and sorting what has the terms asked for. PostgreSQL knows nothing of signatures, and takes a walk to be far dearer than
 * it is.
 * @see docs/decisions/0017 (the prices, and what was measured)
 */
import type { Criterion, SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { inPartition } from '../resources/partition.ts'
import type { RowForm } from '../search-index/row-forms.ts'
import { joinSql, sql } from '../sql.ts'
import { type Asked, isLive, rowOf } from './asked.ts'
import { criterionCondition, needsRow } from './criterion-condition.ts'
import { estimatedRows } from './gather-ids.ts'
import { isOnRow, rowCondition } from './own-rows.ts'
import { mayMeet } from './signature-condition.ts'

/** @param forms of the first sort key, those of which there are any rows */
export async function isWalkedInPassing(
  db: Runner,
  search: Pick<SearchExpression, 'criteria' | 'types' | 'count' | 'sort'>,
  of: Asked,
  forms: readonly RowForm[],
): Promise<boolean> {
  const [first] = search.sort
  if (!first || forms.length === 0 || search.types.length !== 1) return false
  const own = search.criteria.filter((criterion) => isOnRow(criterion, first, of))
  // Nearly every code is the first of its resource.
  const others = search.criteria.filter(
    (criterion) => !own.includes(criterion) && criterion.kind !== 'first-code',
  )
  if (!others.every((criterion) => isTerm(criterion, of))) return false
  if (!others.some((criterion) => mayMeet(sql`x`, criterion))) return false
  const matches = await estimatedRows(
    db,
    // Terms say the type already: to ask for it too would be taken for a further choice.
    sql`resource ${rowOf(of)} where ${inPartition(rowOf(of), of.patientKey)}
      and ${joinSql(
        others.map((criterion) => criterionCondition(criterion, of)),
        ' and ',
      )}`,
  )
  const resources = await estimatedRows(db, sql`resource ${rowOf(of)} where ${isLive(of, true)}`)
  const share = Math.min(1, matches / resources)
  const { prices } = of
  const step = first.text ? prices.stepAmongStrings : prices.step
  const walk = (rows: number): number => rows * (step + share + prices.inVain)
  const gather = matches * prices.gathered
  if (walk((search.count + 1) / share) < gather) return true
  const ranges = forms.flatMap((form) => {
    const conditions = own.flatMap((criterion) => rowCondition(criterion, of, form) ?? [])
    return conditions.length > 0 ? [sql`(${joinSql(conditions, ' and ')})`] : []
  })
  // Of another form than these every row may be walked.
  if (first.text || ranges.length < forms.length) return false
  const within = sql`search_range x where ${inPartition(sql`x`, of.patientKey)} and (${joinSql(ranges, ' or ')})`
  return walk(await estimatedRows(db, within)) < gather
}

/** Whether the terms in the row of a resource answer it. */
function isTerm(criterion: Criterion, of: Asked): boolean {
  return criterion.kind === 'reference' || needsRow(criterion, of)
}
