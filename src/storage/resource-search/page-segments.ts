/**
 * The statements that make a page. Where the first key lies in an index table there are two, the second only when the
 * first has not filled the page: resources with a value, in the order of its index; then those without.
 *
 * Where the sort parameter is also asked for (`date=ge2024&_sort=date`), a resource with one short value is tested on
 * the row that sorts it, so that the index begins where the answer does. Those with several, or with a long one, have an
 * index of their own.
 */
import type { Position } from '../../search/cursor.ts'
import type { Criterion, SearchExpression, SortKey } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { resourceColumns } from '../resources/resource-row.ts'
import { APART, PRESENT } from '../search-index/forms.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, isLive, isOfTypes, rowOf, termsOf } from './asked.ts'
import { criterionCondition, rowCondition } from './criterion-condition.ts'
import { columnKey, isBeyond, type Key, lateralKey, orderBy, rowKey, tieKeys } from './sort-key.ts'

export type Segment = {
  /** Its rows have the columns of a resource, and `v0`, `v1` … for the sort keys. */
  readonly statement: (limit: number) => Sql
}

export function pageSegments(search: SearchExpression, of: Asked, after: Position | undefined): Segment[] {
  const [first] = search.sort
  if (!first) return [walk(search, of, [], undefined, after)]
  const column = columnKey(first, of)
  if (column) return [walk(search, of, [column], undefined, after)]
  const asked = search.criteria.filter((criterion) => criterion.parameter === first.parameter)
  const onRow = asked.map((criterion) => rowCondition(criterion, of))
  const onRows = onRow.length > 0 && onRow.every((condition) => condition !== undefined) ? onRow : undefined
  const segments: Segment[] = []
  if (after?.[0] !== null) segments.push(valued(search, of, first, onRows, after))
  // Who asks for a value leaves out those that have none.
  if (!onRows) segments.push(valueless(search, of, first, after))
  return segments
}

function valued(
  search: SearchExpression,
  of: Asked,
  first: SortKey,
  onRow: readonly Sql[] | undefined,
  after: Position | undefined,
): Segment {
  const one = keyAndSource(of, first, '', onRow ?? [])
  const others = search.criteria.filter((criterion) => criterion.parameter !== first.parameter)
  const plain = walk(onRow ? { ...search, criteria: others } : search, of, [one.key], one.source, after)
  const some = keyAndSource(of, first, APART, [])
  const apart = walk(search, of, [some.key], some.source, after)
  const order = orderBy(outerKeys(search))
  return {
    statement: (
      limit,
    ) => sql`select p.* from ((${plain.statement(limit)}) union all (${apart.statement(limit)})) p
      order by ${order} limit ${limit}::integer`,
  }
}

/** The rows of one form of the parameter as what a page is walked along. */
function keyAndSource(of: Asked, first: SortKey, form: string, conditions: readonly Sql[]) {
  const { table, rows, ...key } = rowKey(first, termsOf(of, first.parameter, [form]))
  const row = rowOf(of)
  const where = [inPartition(sql`x`, of.patientKey), isOfTypes(sql`x`, of), rows, ...conditions]
  const from = sql`${table} x join resource ${row} on ${row}.type = x.type and ${row}.id = x.id`
  return { key, source: { from, where: joinSql(where, ' and '), row: sql`x` } }
}

function valueless(
  search: SearchExpression,
  of: Asked,
  first: SortKey,
  after: Position | undefined,
): Segment {
  const without = sql`not (${hasTerm(of, termsOf(of, first.parameter, [PRESENT]))})`
  const source = { from: sql`resource ${rowOf(of)}`, where: without, row: rowOf(of) }
  // The position of a resource without a value begins with null, which says nothing more here.
  const rest = after?.[0] === null ? after.slice(1) : undefined
  return walk(search, of, ['none'], source, rest)
}

type Source = {
  readonly from: Sql
  readonly where: Sql
  /** Alias of the rows that are walked; they have the type and the id. */
  readonly row: Sql
}

/** @param first the key that the source is ordered by; `none` for one that all its resources lack */
function walk(
  search: SearchExpression,
  of: Asked,
  first: readonly [] | readonly [Key | 'none'],
  source: Source = { from: sql`resource ${rowOf(of)}`, where: sql`true`, row: rowOf(of) },
  after: Position | undefined,
): Segment {
  const laterals: Sql[] = []
  const others = search.sort.slice(1).map((key, i): Key => {
    const column = columnKey(key, of)
    if (column) return column
    const { join, key: lateral } = lateralKey(key, of, i + 1)
    laterals.push(join)
    return lateral
  })
  const sorted = [...first, ...others]
  const keys = [...sorted.filter((key) => key !== 'none'), ...tieKeys(search, source.row)]
  const columns = sorted.map((key, i) => sql`, ${key === 'none' ? sql`null` : key.shown} as ${name(`v${i}`)}`)
  const conditions = [
    isLive(of),
    source.where,
    ...search.criteria.map((criterion: Criterion) => criterionCondition(criterion, of)),
    ...(after ? [isBeyond(keys, after)] : []),
  ]
  return {
    statement: (limit) => sql`select ${resourceColumns(rowOf(of))}${concat(columns)}
      from ${source.from} ${concat(laterals)}
      where ${joinSql(conditions, ' and ')} order by ${orderBy(keys)} limit ${limit}::integer`,
  }
}

/** The keys of rows that are out of their tables already. */
function outerKeys(search: SearchExpression): Key[] {
  const key = (value: Sql, descending: boolean): Key => ({
    value,
    shown: value,
    descending,
    nullable: true,
    literal: () => value,
  })
  const tie = search.sort.at(-1)?.descending ?? false
  return [
    ...search.sort.map(({ descending }, i) => key(sql`p.${name(`v${i}`)}`, descending)),
    ...(search.types.length === 1 ? [] : [key(sql`p.type`, tie)]),
    key(sql`p.id`, tie),
  ]
}

function concat(parts: readonly Sql[]): Sql {
  return parts.reduce((all, next) => sql`${all} ${next}`, sql``)
}
