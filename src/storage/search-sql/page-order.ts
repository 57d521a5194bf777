/**
 * The order of a page and where it goes on: some sort keys, what has none last in either direction, then the id, in the
 * direction of the first key. With one key that is never null this is a comparison of rows, which an index serves.
 * @see https://hl7.org/fhir/R4/search.html#sort
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { isUuid } from '../../fhir/id.ts'
import type { Position } from '../../search/cursor.ts'
import type { SortKey } from '../../search/search-expression.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import type { SortColumn } from './record-columns.ts'

export type PageOrder = {
  /** The values of the sort keys, behind the other columns: `, d.date as key_0`. */
  readonly keys: Sql
  readonly orderBy: Sql
  /** Behind a position; true for the first page. */
  readonly beyond: Sql
}

/** A row with the values of its sort keys, times in milliseconds since 1970. */
export type KeyedRow = {
  readonly id: string
  readonly [key: `key_${number}`]: string | number | null
}

type Key = { readonly at: Sql; readonly sort: SortColumn; readonly descending: boolean }

/** @throws FhirError 400 for a position of another order */
export function pageOrder(
  row: 'd' | 'l',
  columns: ReadonlyMap<string, SortColumn>,
  sort: readonly SortKey[],
  after: Position | undefined,
): PageOrder {
  const keys = sort.map(({ parameter, descending }): Key => {
    const column = columns.get(parameter)
    if (!column) throw new Error(`No column to sort by ${parameter}`)
    return { at: sql`${name(row)}.${name(column.column)}`, sort: column, descending }
  })
  const id = sql`${name(row)}.id`
  const idDescending = keys[0]?.descending ?? false
  return {
    keys: keys.reduce((all, { at }, i) => sql`${all}, ${at} as ${name(`key_${i}`)}`, sql``),
    orderBy: joinSql(
      [
        ...keys.map(({ at, descending, sort: { nullable } }) =>
          nullable ? sql`${at} ${direction(descending)} nulls last` : sql`${at} ${direction(descending)}`,
        ),
        sql`${id} ${direction(idDescending)}`,
      ],
      ', ',
    ),
    beyond: after === undefined ? sql`true` : beyond(keys, id, idDescending, after),
  }
}

export function positionOf(row: KeyedRow, sort: readonly SortKey[]): Position {
  return [...sort.map((_, i) => row[`key_${i}`] ?? null), row.id]
}

function beyond(keys: readonly Key[], id: Sql, idDescending: boolean, after: Position): Sql {
  const last = after.at(-1)
  if (after.length !== keys.length + 1 || typeof last !== 'string' || !isUuid(last))
    throw refusal('invalid', 'curseur-invalide')
  const [only] = keys
  const values = keys.map((key, i) => sortValue(key, after[i] ?? null))
  const compare = sql`${id} ${idDescending ? sql`<` : sql`>`} ${last}::uuid`
  if (only && keys.length === 1 && !only.sort.nullable && values[0])
    return sql`(${only.at}, ${id}) ${only.descending ? sql`<` : sql`>`} (${values[0]}, ${last}::uuid)`
  // Equal up to some key, and behind it there.
  const cases: Sql[] = []
  const equal: Sql[] = []
  keys.forEach((key, i) => {
    const value = values[i]
    if (value) cases.push(all([...equal, behind(key, value)]))
    equal.push(value ? sql`${key.at} = ${value}` : sql`${key.at} is null`)
  })
  cases.push(all([...equal, compare]))
  return sql`(${joinSql(cases, ' or ')})`
}

/** Nothing is behind what has no value: null is last. */
function behind({ at, descending, sort: { nullable } }: Key, value: Sql): Sql {
  const compared = descending ? sql`${at} < ${value}` : sql`${at} > ${value}`
  return nullable ? sql`(${compared} or ${at} is null)` : compared
}

/** Undefined for null. @throws FhirError 400 for a value of another kind */
function sortValue({ sort: { kind, nullable } }: Key, value: string | number | null): Sql | undefined {
  if (value === null && nullable) return undefined
  if (kind === 'time' && typeof value === 'number') return sql`${timestamp(value)}::timestamptz`
  if (kind === 'text' && typeof value === 'string') return sql`${value}::text`
  throw refusal('invalid', 'curseur-invalide')
}

function direction(descending: boolean): Sql {
  return descending ? sql`desc` : sql`asc`
}

function all(conditions: readonly Sql[]): Sql {
  return sql`(${joinSql(conditions, ' and ')})`
}
