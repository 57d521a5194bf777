/**
 * `_lastUpdated` as a condition on a column with milliseconds: each instant is the range of its millisecond.
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
import type { DateValue } from '../../search/search-expression.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import { approximationMs } from './range-condition.ts'

export function instantCondition(at: Sql, value: DateValue, now: number): Sql {
  const start = sql`${timestamp(value.start)}::timestamptz`
  const end = sql`${timestamp(value.end)}::timestamptz`
  switch (value.prefix) {
    case 'eq':
      return sql`(${at} >= ${start} and ${at} < ${end})`
    case 'ne':
      return sql`(${at} < ${start} or ${at} >= ${end})`
    case 'gt':
    case 'sa':
      return sql`${at} >= ${end}`
    case 'lt':
    case 'eb':
      return sql`${at} < ${start}`
    case 'ge':
      return sql`${at} >= ${start}`
    case 'le':
      return sql`${at} < ${end}`
    case 'ap': {
      const margin = approximationMs(value, now)
      return sql`(${at} >= ${timestamp(value.start - margin)}::timestamptz
        and ${at} < ${timestamp(value.end + margin)}::timestamptz)`
    }
  }
}
