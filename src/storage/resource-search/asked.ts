/** Of which resources a criterion is asked, and by whom: what every condition is built with. */
import type { Uuid } from '../../fhir/id.ts'
import { inPartition } from '../resources/partition.ts'
import type { Reach } from '../resources/reach.ts'
import { APART } from '../search-index/forms.ts'
import type { Term } from '../search-index/index-entries.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { name, type Sql, sql } from '../sql.ts'

export type Asked = {
  readonly patientKey: Uuid
  readonly types: readonly string[]
  readonly reach: Reach
  /** How many links of a chain lead here. */
  readonly depth: number
  /** Milliseconds since 1970: `ap` of a date depends on it. */
  readonly now: number
}

/** The row of `resource` at this depth of a chain. */
export function rowOf({ depth }: Asked): Sql {
  return name(`r${depth}`)
}

/** What every resource asked for has to meet, whatever the criteria. */
export function isLive(of: Asked): Sql {
  const row = rowOf(of)
  return sql`${inPartition(row, of.patientKey)} and ${isOfTypes(row, of)}
    and ${row}.method <> 'DELETE' and ${of.reach.condition(row)}`
}

/** One type stands as a plain equality: that leads into the indexes. */
export function isOfTypes(alias: Sql, { types }: Pick<Asked, 'types'>): Sql {
  return types.length === 1
    ? sql`${alias}.type = ${types[0]}::text`
    : sql`${alias}.type = any (${types}::text[])`
}

/** The terms of one parameter in one of these forms, for every type asked. */
export function termsOf({ types }: Asked, parameter: string, forms: readonly string[]): Term[] {
  return types.flatMap((type) => forms.map((form) => term(parameterKey(type, parameter) + form)))
}

/** Of the rows of a parameter: both of resources with one short value and of those with several, or a long one. */
export function rowTerms(of: Asked, parameter: string): Term[] {
  return termsOf(of, parameter, ['', APART])
}

/** Whether the resource has one of these terms. */
export function hasTerm(of: Asked, terms: readonly string[]): Sql {
  const row = rowOf(of)
  return terms.length === 1 ? sql`${row}.terms @> ${terms}::uuid[]` : sql`${row}.terms && ${terms}::uuid[]`
}

/**
 * Whether the resource has a row `x` in one of the index tables. A semi-join on the id alone, where there is one type, is
 * what PostgreSQL estimates best, and can start from either side.
 */
export function hasRow(of: Asked, table: 'search_range' | 'search_string', condition: Sql): Sql {
  const row = rowOf(of)
  const rows = sql`from ${name(table)} x
    where ${inPartition(sql`x`, of.patientKey)} and ${isOfTypes(sql`x`, of)} and (${condition})`
  return of.types.length === 1
    ? sql`${row}.id in (select x.id ${rows})`
    : sql`(${row}.type, ${row}.id) in (select x.type, x.id ${rows})`
}

export function isOneOf(terms: readonly string[]): Sql {
  return terms.length === 1 ? sql`x.term = ${terms[0]}::uuid` : sql`x.term = any (${terms}::uuid[])`
}
