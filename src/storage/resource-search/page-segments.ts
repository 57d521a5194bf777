/**
 * The statements that make a page. Where the first key lies in an index table there are two, the second only when the
 * first has not filled the page: resources with a value, in the order of its index; then those without.
 *
 * Where the sort parameter is also asked for (`date=ge2024&_sort=date`), a resource with one value is tested on the row
 * that sorts it, so that the index begins where the answer does. Rows of each form (row-forms.ts) are walked by themselves.
 *
 * Where the index tables answer everything, the ids of a page are found first, and no other resource is opened.
 */
import type { Position } from '../../search/cursor.ts'
import type { Criterion, SearchExpression, SortKey } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { resourceColumns } from '../resources/resource-row.ts'
import { PRESENT, tokenForm, UNCODED } from '../search-index/forms.ts'
import type { RowForm } from '../search-index/row-forms.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { type Asked, hasTerm, isAmong, isLive, isOfTypes, rowOf, termsOf } from './asked.ts'
import { noCodeBefore, type SortCode } from './code-keys.ts'
import { criterionCondition, foundIds, lookedFor, needsRow } from './criterion-condition.ts'
import { isOfThere } from './link-condition.ts'
import { isOnRow, ownRows, rowCondition } from './own-rows.ts'
import { mayMeet } from './signature-condition.ts'
import { columnKey, isBeyond, type Key, lateralKey, orderBy, rowKey, tieKeys } from './sort-key.ts'

export type Segment = {
  /** Its rows have the columns of a resource, and `v0`, `v1` … for the sort keys. */
  readonly statement: (limit: number) => Sql
}

/** @param forms of the first key, those of which there are any rows */
export function pageSegments(
  search: SearchExpression,
  of: Asked,
  after: Position | undefined,
  forms: readonly RowForm[],
): Segment[] {
  const [first] = search.sort
  const column = first && columnKey(first, of)
  if (!first || column)
    return [page(search, of, [walk(search, of, column ? [column] : [], undefined, after)])]
  const segments: Segment[] = []
  if (after?.[0] !== null && forms.length > 0) {
    const walks = forms.map((form) => walkAlong(search, of, first, form, after))
    segments.push(page(search, of, walks))
  }
  // Who asks for a value leaves out those that have none.
  const asked = search.criteria.filter((criterion) => isOnRow(criterion, first, of))
  // These are few, and lie in no order: what they have in common with the criteria is found by the index.
  const { termsInPassing: _, ...byIndex } = of
  if (asked.length === 0) segments.push(page(search, byIndex, [valueless(search, byIndex, first, after)]))
  return segments
}

/** What matches, all of it sorted: for criteria that few meet. */
export function gatheredInOrder(search: SearchExpression, of: Asked, after: Position | undefined): Segment {
  return page(search, of, [walk(search, of, [], resources(of), after)])
}

/** What has no value of the first key. */
export function valuelessInOrder(
  search: SearchExpression,
  of: Asked,
  first: SortKey,
  after: Position | undefined,
): Segment {
  return page(search, of, [valueless(search, of, first, after)])
}

/**
 * What has one of these codes, code by code, for codes that few have: each is a search by its term.
 * @param search without the key of the codes
 * @param codes in order; rows have the column `code`
 */
export function codeByCode(
  search: SearchExpression,
  of: Asked,
  key: SortKey,
  codes: readonly SortCode[],
  limit: number,
): Sql {
  const row = rowOf(of)
  const terms = codes.map(({ code }) => termsOf(of, key.parameter, [tokenForm({ code })])[0])
  const where = sql`${row}.terms @> array[n.term] and ${noCodeBefore(of, key, sql`n.sorts`)}`
  const found = walk(search, of, [], { ...resources(of), where }, undefined)
  return sql`select p.*, n.sorts as code
    from unnest(${terms}::uuid[], ${codes.map(({ sorts }) => sorts)}::text[]) with ordinality n (term, sorts, place)
      cross join lateral (${found.statement(resourceColumns(row), limit)}) p
    order by n.place, ${orderBy(outerKeys(search))} limit ${limit}::integer`
}

/** One walk through the resources that match, in their order. */
type Walk = {
  /** Whether the resources are opened on the way. */
  readonly opened: boolean
  /** With the columns `v0`, `v1` … */
  readonly statement: (columns: Sql, limit: number) => Sql
}

function page(search: SearchExpression, of: Asked, walks: readonly Walk[]): Segment {
  const order = orderBy(outerKeys(search))
  const merged = (columns: Sql, limit: number): Sql => {
    const [first, ...others] = walks.map(({ statement }) => statement(columns, limit))
    if (!first) throw new Error('A page without rows to walk')
    if (others.length === 0) return first
    const all = others.reduce((before, next) => sql`${before} union all (${next})`, sql`(${first})`)
    return sql`select p.* from (${all}) p order by ${order} limit ${limit}::integer`
  }
  const row = rowOf(of)
  if (walks.every(({ opened }) => opened))
    return { statement: (limit) => merged(resourceColumns(row), limit) }
  const values = search.sort.map((_, i) => sql`, p.${name(`v${i}`)}`)
  return {
    statement: (limit) => sql`select ${resourceColumns(sql`r`)}${concat(values)}
      from (${merged(sql`${row}.type, ${row}.id`, limit)}) p join resource r on r.type = p.type and r.id = p.id
      where ${inPartition(sql`r`, of.patientKey)} order by ${order}`,
  }
}

/** The rows of one form of the first key. */
function walkAlong(
  search: SearchExpression,
  of: Asked,
  first: SortKey,
  form: RowForm,
  after: Position | undefined,
): Walk {
  const { table, all, rows, ...key } = rowKey(first, termsOf(of, first.parameter, [form.form]))
  // The term tells the type, and an only row is marked: without asking for them an index alone answers in passing.
  const [type = ''] = of.termsInPassing ? of.types : []
  const conditions = [
    inPartition(sql`x`, of.patientKey),
    ...(type === '' ? [isOfTypes(sql`x`, of)] : []),
    type !== '' && form.longest !== undefined ? all : rows,
  ]
  const others: Criterion[] = []
  let ids: readonly string[] | undefined
  for (const criterion of search.criteria) {
    if (criterion.kind === 'id' && ids === undefined) {
      ids = [...new Set(criterion.values)]
      continue
    }
    const own = isOnRow(criterion, first, of)
    const onRow = own ? (rowCondition(criterion, of, form) ?? onRowsOf(criterion, of, form)) : undefined
    if (onRow) {
      conditions.push(onRow)
      continue
    }
    others.push(criterion)
    const bits = of.termsInPassing ? mayMeet(sql`x`, criterion) : undefined
    if (bits) conditions.push(bits)
  }
  const row = rowOf(of)
  const opened =
    !of.reach.unrestricted ||
    of.termsInPassing === true ||
    others.some((criterion) => needsRow(criterion, of)) ||
    search.sort.some(({ parameter, code }) => code || parameter === '_lastUpdated')
  const typed = type === '' ? sql`x.type` : sql`${type}::text`
  // Where ids are given, the rows are those of these ids: their number is known, as that of a condition is not.
  const along =
    ids === undefined ? sql`${table} x` : sql`unnest(${ids}::text[]) i (id) join ${table} x on x.id = i.id`
  const from = opened
    ? sql`${along} join resource ${row} on ${row}.type = ${typed} and ${row}.id = x.id`
    : sql`${along} cross join lateral (select x.type, x.id) ${row}`
  const source = { from, where: joinSql(conditions, ' and '), row: sql`x`, there: true, opened }
  return walk({ ...search, criteria: others }, of, [key], source, after)
}

/** Where there may be several rows, or longer ones: all of the form are looked at. */
function onRowsOf(criterion: Criterion, of: Asked, form: RowForm): Sql | undefined {
  const found = ownRows(criterion, of, [form])
  return found && isAmong(of, found)
}

function valueless(search: SearchExpression, of: Asked, first: SortKey, after: Position | undefined): Walk {
  const lacks = sql`not (${hasTerm(of, termsOf(of, first.parameter, [PRESENT]))})`
  const uncoded = termsOf(of, first.parameter, [UNCODED])
  const where = first.code ? sql`(${lacks} or ${hasTerm(of, uncoded)})` : lacks
  const source = { ...resources(of), where }
  // The position of a resource without a value begins with null, which says nothing more here.
  const rest = after?.[0] === null ? after.slice(1) : undefined
  return walk(search, of, ['none'], source, rest)
}

type Source = {
  readonly from: Sql
  readonly where: Sql
  /** Alias of the rows that are walked; they have the id, and the type where several are asked. */
  readonly row: Sql
  /** Whether they are of resources that are there. */
  readonly there: boolean
  /** Whether the row of the resource is read with them. */
  readonly opened: boolean
}

function resources(of: Asked): Source {
  const row = rowOf(of)
  return { from: sql`resource ${row}`, where: sql`true`, row, there: false, opened: true }
}

/** @param first the key that the source is ordered by; `none` for one that all its resources lack */
function walk(
  search: SearchExpression,
  of: Asked,
  first: readonly [] | readonly [Key | 'none'],
  source: Source = resources(of),
  after: Position | undefined,
): Walk {
  const laterals: Sql[] = []
  const others = search.sort.slice(first.length).map((key, i): Key => {
    const column = columnKey(key, of)
    if (column) return column
    const { join, key: lateral } = lateralKey(key, of, i + first.length)
    laterals.push(join)
    return lateral
  })
  const sorted = [...first, ...others]
  const keys = [...sorted.filter((key) => key !== 'none'), ...tieKeys(search, source.row)]
  const columns = sorted.map((key, i) => sql`, ${key === 'none' ? sql`null` : key.shown} as ${name(`v${i}`)}`)
  const there = source.there || search.criteria.some((c) => isOfThere(c) && foundIds(c, of) !== undefined)
  const conditions = [
    ...(source.opened ? [isLive(of, there)] : []),
    source.where,
    ...search.criteria.map((criterion) => conditionOn(source, criterion, of)),
    ...(after ? [isBeyond(keys, after)] : []),
  ]
  return {
    opened: source.opened,
    statement: (own, limit) => sql`select ${own}${concat(columns)}
      from ${source.from} ${concat(laterals)}
      where ${joinSql(conditions, ' and ')} order by ${orderBy(keys)} limit ${limit}::integer`,
  }
}

function conditionOn({ opened }: Source, criterion: Criterion, of: Asked): Sql {
  // What is still a link here leads to much (resolve-links.ts).
  const isLink = criterion.kind === 'chain' || criterion.kind === 'has'
  if (isLink && of.types.length === 1) return lookedFor(criterion, of)
  const found = opened ? undefined : foundIds(criterion, of)
  return found ? isAmong(of, found) : criterionCondition(criterion, of)
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
