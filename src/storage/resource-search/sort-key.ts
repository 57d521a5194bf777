/**
 * Sort keys as SQL. A resource without a value comes last, whatever the direction; of several values the lowest counts
 * when ascending, the highest when descending. The id breaks every tie, in the direction of the last key.
 * @see https://hl7.org/fhir/R4/search.html#sort
 */
import type { SearchExpression, SortKey } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import type { Term } from '../search-index/index-entries.ts'
import { dateForms, pointForms, type RowForm } from '../search-index/row-forms.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { type Asked, isOfTypes, isOneOf, rowOf, termsOf } from './asked.ts'
import { sortCode } from './code-keys.ts'
import { anyValue, endsOf } from './range-condition.ts'
import { beginning } from './string-condition.ts'

type PositionPart = string | number | null

export type Key = {
  /** What is compared. */
  readonly value: Sql
  /** The value as a position has it: text, number or time. */
  readonly shown: Sql
  readonly descending: boolean
  readonly nullable: boolean
  /** What a position has, as SQL to compare with. */
  readonly literal: (shown: string | number) => Sql
}

const text = (value: string | number): Sql => sql`${String(value)}::text`
const instant = (value: string | number): Sql => sql`${timestamp(Number(value))}::timestamptz`

/** Whether a column of the resource itself answers it. */
export function isColumn({ parameter }: SortKey): boolean {
  return parameter === '_id' || parameter === '_lastUpdated'
}

/** A key that a column of the resource itself answers; undefined for those that lie in the index tables. */
export function columnKey({ parameter, descending }: SortKey, of: Asked): Key | undefined {
  const own = (column: Sql, literal: Key['literal']): Key => {
    const value = sql`${rowOf(of)}.${column}`
    return { value, shown: value, descending, nullable: false, literal }
  }
  if (parameter === '_id') return own(sql`id`, text)
  return parameter === '_lastUpdated' ? own(sql`last_updated`, instant) : undefined
}

/** The key that the row `x` of an index table gives. */
export type RowKey = Key & {
  readonly table: Sql
  /** All rows of the parameter. */
  readonly all: Sql
  /** The row of each resource that sorts it: the one marked as lowest or highest. */
  readonly rows: Sql
}

/** @param terms of the rows looked at */
export function rowKey({ descending, text: isText }: SortKey, terms: readonly Term[]): RowKey {
  const mark = descending ? sql`x.highest` : sql`x.lowest`
  const common = { descending, nullable: false }
  if (isText) {
    const all = isOneOf(terms)
    return {
      ...common,
      value: beginning,
      shown: beginning,
      literal: text,
      table: sql`search_string`,
      all,
      rows: sql`${all} and ${mark}`,
    }
  }
  const [term, ...others] = terms
  const ends = terms.map((each) => anyValue(endsOf(sql`x`, each)))
  const all = sql`(${joinSql(ends, ' or ')})`
  // The term before the value is the same in all rows of one type, and tells types apart that are to be mixed.
  const single = others.length === 0 ? (term ?? '') : undefined
  return {
    ...common,
    value: single === undefined ? sql`substr(x.low, 17)` : sql`x.low`,
    shown: sql`encode(substr(x.low, 17), 'hex') collate "C"`,
    literal: (shown) => sql`${`\\x${single ?? ''}${shown}`}::bytea`,
    table: sql`search_range`,
    all,
    rows: sql`${all} and ${mark}`,
  }
}

/** The forms that the rows of a sort key may have. */
export function sortForms({ text: isText }: SortKey): readonly RowForm[] {
  return isText ? pointForms : dateForms
}

function sortTerms(of: Asked, key: SortKey): Term[] {
  const forms = sortForms(key).map(({ form }) => form)
  return termsOf(of, key.parameter, forms)
}

/** A key behind the first: its row is looked up for each resource. */
export function lateralKey(
  key: SortKey,
  of: Asked,
  index: number,
): { readonly join: Sql; readonly key: Key } {
  const alias = name(`s${index}`)
  const row = rowOf(of)
  const common = { value: sql`${alias}.value`, shown: sql`${alias}.shown`, descending: key.descending }
  if (key.code) {
    const join = sql`left join lateral (${sortCode(of, key)}) ${alias} on true`
    return { join, key: { ...common, nullable: true, literal: text } }
  }
  const { value, shown, table, rows, literal } = rowKey(key, sortTerms(of, key))
  return {
    join: sql`left join lateral (
        select ${value} as value, ${shown} as shown from ${table} x
          where ${inPartition(sql`x`, of.patientKey)} and ${isOfTypes(sql`x`, of)} and x.type = ${row}.type
            and x.id = ${row}.id and ${rows} limit 1
      ) ${alias} on true`,
    key: { ...common, nullable: true, literal },
  }
}

/** @param row whose id it is: that of the index a page is read off, so that the next page begins in it */
export function tieKeys(search: Pick<SearchExpression, 'sort' | 'types'>, row: Sql): Key[] {
  const descending = search.sort.at(-1)?.descending ?? false
  const key = (value: Sql): Key => ({ value, shown: value, descending, nullable: false, literal: text })
  return search.types.length === 1 ? [key(sql`${row}.id`)] : [key(sql`${row}.type`), key(sql`${row}.id`)]
}

export function orderBy(keys: readonly Key[]): Sql {
  return joinSql(
    keys.map(({ value, descending, nullable }) => {
      const order = descending ? sql`${value} desc nulls last` : sql`${value}`
      return descending && !nullable ? sql`${value} desc` : order
    }),
    ', ',
  )
}

/** Behind a position, in the order of the keys. */
export function isBeyond(keys: readonly Key[], position: readonly PositionPart[]): Sql {
  const parts = keys.map((key, i) => ({ ...key, at: position[i] ?? null }))
  const [first] = parts
  if (!first) throw new Error('Nothing to sort by')
  // One comparison of rows, where possible: an index can begin at it.
  if (parts.every((p) => !p.nullable && p.descending === first.descending)) {
    const values = joinSql(
      parts.map((p) => p.value),
      ', ',
    )
    const literals = joinSql(
      parts.map((p) => literalOf(p, p.at)),
      ', ',
    )
    return first.descending ? sql`(${values}) < (${literals})` : sql`(${values}) > (${literals})`
  }
  const steps = parts.map((part, i) =>
    joinSql(
      [...parts.slice(0, i).map((before) => isEqual(before, before.at)), isBehind(part, part.at)],
      ' and ',
    ),
  )
  const behind = joinSql(
    steps.map((step) => sql`(${step})`),
    ' or ',
  )
  if (first.nullable) return sql`(${behind})`
  const literal = literalOf(first, first.at)
  const start = first.descending ? sql`${first.value} <= ${literal}` : sql`${first.value} >= ${literal}`
  return sql`(${start} and (${behind}))`
}

function isEqual(key: Key, at: PositionPart): Sql {
  return at === null ? sql`${key.value} is null` : sql`${key.value} = ${key.literal(at)}`
}

function isBehind(key: Key, at: PositionPart): Sql {
  if (at === null) return sql`false`
  const behind = key.descending
    ? sql`${key.value} < ${key.literal(at)}`
    : sql`${key.value} > ${key.literal(at)}`
  return key.nullable ? sql`(${behind} or ${key.value} is null)` : behind
}

function literalOf(key: Key, at: PositionPart): Sql {
  if (at === null) throw new Error('A position without a value that every resource has')
  return key.literal(at)
}
