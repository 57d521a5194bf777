/**
 * A date, number or quantity asked, as a condition on the range [low, high] of an index row.
 * Date ranges are half-open on both sides, and never empty. Numbers in the index have both ends included; what is asked
 * is [low, high), but for `ap`, whose ends both count. With the other prefixes a number is taken as exact.
 * Each condition bounds a column from one side at least, so that an index can begin there.
 * @see https://hl7.org/fhir/R4/search.html#prefix and #number
 */
import type { DateValue, NumberValue } from '../../search/search-expression.ts'
import { type Sql, sql } from '../sql.ts'

const DAY_MS = 86_400_000

/** A tenth of the time between now and then, a day at least, in whole days: pages of one search agree. */
export function approximationMs({ start, end }: DateValue, now: number): number {
  const distance = Math.max(start - now, now - end, 0)
  return Math.max(1, Math.round(distance / 10 / DAY_MS)) * DAY_MS
}

/** @param x alias of the index row */
export function dateCondition(x: Sql, value: DateValue, now: number): Sql {
  const low = sql`${x}.low`
  const high = sql`${x}.high`
  const start = sql`${value.start}::float8`
  const end = sql`${value.end}::float8`
  switch (value.prefix) {
    case 'eq':
      return sql`(${low} >= ${start} and ${low} < ${end} and ${high} <= ${end})`
    case 'ne':
      return sql`not (${low} >= ${start} and ${high} <= ${end})`
    case 'gt':
      return sql`${high} > ${end}`
    case 'lt':
      return sql`${low} < ${start}`
    // Above, or within: what lies within ends after the start.
    case 'ge':
      return sql`(${high} > ${start} and (${high} > ${end} or ${low} >= ${start}))`
    case 'le':
      return sql`(${low} < ${end} and (${low} < ${start} or ${high} <= ${end}))`
    case 'sa':
      return sql`${low} >= ${end}`
    case 'eb':
      return sql`${high} <= ${start}`
    case 'ap': {
      const margin = approximationMs(value, now)
      return sql`(${low} < ${value.end + margin}::float8 and ${high} > ${value.start - margin}::float8)`
    }
  }
}

/** @param x alias of the index row */
export function numberCondition(x: Sql, value: NumberValue): Sql {
  const low = sql`${x}.low`
  const high = sql`${x}.high`
  const from = sql`${value.low}::float8`
  const until = sql`${value.high}::float8`
  const exact = sql`${value.value}::float8`
  switch (value.prefix) {
    case 'eq':
      return sql`(${low} >= ${from} and ${low} < ${until} and ${high} < ${until})`
    case 'ne':
      return sql`not (${low} >= ${from} and ${high} < ${until})`
    case 'gt':
      return sql`${high} > ${exact}`
    case 'lt':
      return sql`${low} < ${exact}`
    case 'ge':
      return sql`${high} >= ${exact}`
    case 'le':
      return sql`${low} <= ${exact}`
    case 'sa':
      return sql`${low} > ${exact}`
    case 'eb':
      return sql`${high} < ${exact}`
    case 'ap':
      return sql`(${low} <= ${until} and ${high} >= ${from})`
  }
}
