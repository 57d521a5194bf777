/** Of which resources a criterion is asked, and by whom: what every condition is built with. */
import type { Uuid } from '../../fhir/id.ts'
import { inPartition } from '../resources/partition.ts'
import type { Reach } from '../resources/reach.ts'
import type { Term } from '../search-index/index-entries.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { name, type Sql, sql } from '../sql.ts'
import type { Prices } from './prices.ts'

export type Asked = {
  readonly patientKey: Uuid
  readonly types: readonly string[]
  readonly reach: Reach
  /** How many links of a chain lead here. */
  readonly depth: number
  /** Milliseconds since 1970: `ap` of a date depends on it. */
  readonly now: number
  readonly prices: Prices
  /** Terms are looked at in each row as it comes, and not found by their index (walk-in-passing.ts). */
  readonly termsInPassing?: true
}

/** The row of `resource` at this depth of a chain. */
export function rowOf({ depth }: Asked): Sql {
  return name(`r${depth}`)
}

/**
 * What every resource asked for has to meet, whatever the criteria.
 * @param there something else holds only of a resource that is there: then its row need not be opened to see it
 */
export function isLive(of: Asked, there = false): Sql {
  const row = rowOf(of)
  const own = sql`${inPartition(row, of.patientKey)} and ${isOfTypes(row, of)}`
  const live = there ? own : sql`${own} and ${row}.method <> 'DELETE'`
  return of.reach.unrestricted ? live : sql`${live} and ${of.reach.condition(row)}`
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

/** Whether the resource has one of these terms. */
export function hasTerm(of: Asked, terms: readonly string[]): Sql {
  const row = rowOf(of)
  const has =
    terms.length === 1 ? sql`${row}.terms @> ${terms}::uuid[]` : sql`${row}.terms && ${terms}::uuid[]`
  // No index answers a case, and PostgreSQL takes it to hold of every second row: so it walks, and expects to end soon.
  return of.termsInPassing ? sql`case when ${has} then true else false end` : has
}

/** The ids, for several types with the type before it, that stand in the rows `x` of an index table. */
export function idsOfRows(of: Asked, table: 'search_range' | 'search_string', condition: Sql): Sql {
  return sql`select ${idOf(of, sql`x.type`, sql`x.id`)} from ${name(table)} x
    where ${inPartition(sql`x`, of.patientKey)} and ${isOfTypes(sql`x`, of)} and (${condition})`
}

export function idOf({ types }: Asked, type: Sql, id: Sql): Sql {
  return types.length === 1 ? id : sql`${type}, ${id}`
}

/**
 * A semi-join on the id alone, where there is one type, is what PostgreSQL estimates best, and can start from either side.
 * @param ids as idsOfRows gives them
 */
export function isAmong(of: Asked, ids: Sql): Sql {
  const row = rowOf(of)
  return of.types.length === 1 ? sql`${row}.id in (${ids})` : sql`(${row}.type, ${row}.id) in (${ids})`
}

/**
 * The same of one type, by a look for each resource: `offset 0` keeps PostgreSQL from turning it into a join, which would
 * gather all there are.
 */
export function isSeenAmong(of: Asked, ids: Sql): Sql {
  return sql`exists (select from (${ids}) m (id) where m.id = ${rowOf(of)}.id offset 0)`
}

export function isOneOf(terms: readonly string[]): Sql {
  return terms.length === 1 ? sql`x.term = ${terms[0]}::uuid` : sql`x.term = any (${terms}::uuid[])`
}
