/**
 * A date, number or quantity asked, as a condition on the ends of an index row.
 * Date ranges are half-open on both sides, and never empty. Numbers in the index have both ends included; what is asked
 * is [low, high), but for `ap`, whose ends both count. With the other prefixes a number is taken as exact.
 * Each condition bounds one end from both sides, within its term, so that an index and its histogram can serve it.
 * @see https://hl7.org/fhir/R4/search.html#prefix and #number
 */
import type { DateValue, NumberValue } from '../../search/search-expression.ts'
import type { Term } from '../search-index/index-entries.ts'
import { endOf } from '../search-index/range-end.ts'
import { type Sql, sql } from '../sql.ts'

const DAY_MS = 86_400_000

/** A tenth of the time between now and then, a day at least, in whole days: pages of one search agree. */
export function approximationMs({ start, end }: DateValue, now: number): number {
  const distance = Math.max(start - now, now - end, 0)
  return Math.max(1, Math.round(distance / 10 / DAY_MS)) * DAY_MS
}

/** The ends of the row `alias`, and what they are compared with. */
export type Ends = {
  readonly low: Sql
  readonly high: Sql
  readonly at: (value: number) => Sql
  /** Before and behind all values of the term. */
  readonly first: Sql
  readonly last: Sql
}

/** @param term undefined: of whatever term; such a condition has no index */
export function endsOf(alias: Sql, term: Term | undefined): Ends {
  const bytes = (digits: string): Sql => sql`${`\\x${digits}`}::bytea`
  return {
    low: term ? sql`${alias}.low` : sql`substr(${alias}.low, 17)`,
    high: term ? sql`${alias}.high` : sql`substr(${alias}.high, 17)`,
    at: (value) => bytes(endOf(term, value)),
    first: bytes(term ?? ''),
    last: bytes(`${term ?? ''}${'f'.repeat(16)}`),
  }
}

/** Every row of the term. */
export function anyValue({ low, first, last }: Ends): Sql {
  return sql`(${low} > ${first} and ${low} < ${last})`
}

export function dateCondition({ low, high, at, first, last }: Ends, value: DateValue, now: number): Sql {
  const start = at(value.start)
  const end = at(value.end)
  switch (value.prefix) {
    case 'eq':
      return sql`(${low} >= ${start} and ${low} < ${end} and ${high} <= ${end})`
    case 'ne':
      return sql`(${low} > ${first} and ${low} < ${last} and not (${low} >= ${start} and ${high} <= ${end}))`
    case 'gt':
      return sql`(${high} > ${end} and ${high} < ${last})`
    case 'lt':
      return sql`(${low} > ${first} and ${low} < ${start})`
    // Above, or within: what lies within ends after the start.
    case 'ge':
      return sql`(${high} > ${start} and ${high} < ${last} and (${high} > ${end} or ${low} >= ${start}))`
    case 'le':
      return sql`(${low} > ${first} and ${low} < ${end} and (${low} < ${start} or ${high} <= ${end}))`
    case 'sa':
      return sql`(${low} >= ${end} and ${low} < ${last})`
    case 'eb':
      return sql`(${high} > ${first} and ${high} <= ${start})`
    case 'ap': {
      const margin = approximationMs(value, now)
      return sql`(${low} > ${first} and ${low} < ${at(value.end + margin)} and ${high} > ${at(value.start - margin)})`
    }
  }
}

export function numberCondition({ low, high, at, first, last }: Ends, value: NumberValue): Sql {
  const from = at(value.low)
  const until = at(value.high)
  const exact = at(value.value)
  switch (value.prefix) {
    case 'eq':
      return sql`(${low} >= ${from} and ${low} < ${until} and ${high} < ${until})`
    case 'ne':
      return sql`(${low} > ${first} and ${low} < ${last} and not (${low} >= ${from} and ${high} < ${until}))`
    case 'gt':
      return sql`(${high} > ${exact} and ${high} < ${last})`
    case 'lt':
      return sql`(${low} > ${first} and ${low} < ${exact})`
    case 'ge':
      return sql`(${high} >= ${exact} and ${high} < ${last})`
    case 'le':
      return sql`(${low} > ${first} and ${low} <= ${exact})`
    case 'sa':
      return sql`(${low} > ${exact} and ${low} < ${last})`
    case 'eb':
      return sql`(${high} > ${first} and ${high} < ${exact})`
    case 'ap':
      return sql`(${low} > ${first} and ${low} <= ${until} and ${high} >= ${from} and ${high} < ${last})`
  }
}
