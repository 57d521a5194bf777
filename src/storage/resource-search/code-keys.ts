/**
 * Codes that sort: those of a token parameter in the order of their characters, whatever their system. The codes that
 * there are lie in a table of their own; which of them a resource has is told by its terms.
 * @see https://hl7.org/fhir/R4/search.html#sort, docs/decisions/0017
 */
import type { Criterion, SortKey } from '../../search/search-expression.ts'
import { inPartition } from '../resources/partition.ts'
import { type Sql, sql } from '../sql.ts'
import { type Asked, isOfTypes, rowOf } from './asked.ts'

/** No two codes sort as the same. */
export type SortCode = { readonly code: string; readonly sorts: string }
/** `beyond`: behind it; otherwise it comes first. */
export type FromCode = { readonly sorts: string; readonly beyond: boolean }

/** `code` and what it `sorts` as, in order. */
export function codesInOrder(of: Asked, key: SortKey, from: FromCode | undefined, limit: number): Sql {
  const start = from === undefined ? sql`true` : isFrom(from, key.descending)
  const order = key.descending ? sql`c.sorts desc` : sql`c.sorts`
  return sql`select c.code, c.sorts from ${allCodes(of, key)} and ${start} order by ${order} limit ${limit}::integer`
}

function isFrom({ sorts, beyond }: FromCode, descending: boolean): Sql {
  if (!beyond) return descending ? sql`c.sorts <= ${sorts}::text` : sql`c.sorts >= ${sorts}::text`
  return descending ? sql`c.sorts < ${sorts}::text` : sql`c.sorts > ${sorts}::text`
}

/** To be followed by further conditions. */
export function allCodes(of: Asked, { parameter }: Pick<SortKey, 'parameter'>): Sql {
  return sql`search_code c where ${ofParameter(of, parameter)}`
}

/** The code that sorts a resource, of all that it has. */
export function sortCode(of: Asked, { parameter, descending }: SortKey): Sql {
  const order = descending ? sql`c.sorts desc` : sql`c.sorts`
  return sql`select c.sorts as value, c.sorts as shown from ${ownCodes(of, parameter)} order by ${order} limit 1`
}

export function firstCodeCondition(
  { parameter, code, descending }: Extract<Criterion, { kind: 'first-code' }>,
  of: Asked,
): Sql {
  return noCodeBefore(of, { parameter, descending }, sql`${code}::text`)
}

/** @param sorts of the code that is to be the first */
export function noCodeBefore(of: Asked, { parameter, descending }: SortKey, sorts: Sql): Sql {
  const before = descending ? sql`c.sorts > ${sorts}` : sql`c.sorts < ${sorts}`
  return sql`not exists (select from ${ownCodes(of, parameter)} where ${before})`
}

/** `offset 0`: found by the terms of the resource, never by going through all codes in their order. */
function ownCodes(of: Asked, parameter: string): Sql {
  return sql`(select c.sorts from search_code c
    where ${ofParameter(of, parameter)} and c.term = any (${rowOf(of)}.terms) offset 0) c`
}

function ofParameter(of: Asked, parameter: string): Sql {
  return sql`${inPartition(sql`c`, of.patientKey)} and ${isOfTypes(sql`c`, of)} and c.parameter = ${parameter}::text`
}
