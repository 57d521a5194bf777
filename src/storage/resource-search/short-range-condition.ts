/**
 * The conditions of range-condition.ts on ranges of which the greatest length is known (row-forms.ts), as those are that
 * sort (page-segments.ts): there the low end, which is what sorts, is bounded too.
 */
import type { DateValue, NumberValue } from '../../search/search-expression.ts'
import { type Sql, sql } from '../sql.ts'
import { approximationMs, dateCondition, type Ends, numberCondition } from './range-condition.ts'

/** Of a range not longer than this. */
export function shortDateCondition(ends: Ends, value: DateValue, now: number, longestMs: number): Sql {
  const condition = dateCondition(ends, value, now)
  const { low, high, at } = ends
  switch (value.prefix) {
    case 'gt':
      return sql`(${condition} and ${low} > ${at(value.end - longestMs)})`
    // What begins after the start is within, or reaches above.
    case 'ge':
      return sql`(${low} > ${at(value.start - longestMs)} and (${low} >= ${at(value.start)} or ${high} > ${at(value.end)}))`
    case 'ap': {
      const margin = approximationMs(value, now)
      return sql`(${condition} and ${low} > ${at(value.start - margin - longestMs)})`
    }
    case 'eb':
      return sql`(${condition} and ${low} < ${at(value.start)})`
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'sa':
      return condition
  }
}

/** Of a number whose ends are one. */
export function pointCondition(ends: Ends, value: NumberValue): Sql {
  const condition = numberCondition(ends, value)
  const { low, at } = ends
  switch (value.prefix) {
    case 'gt':
      return sql`(${condition} and ${low} > ${at(value.value)})`
    case 'ge':
      return sql`(${condition} and ${low} >= ${at(value.value)})`
    case 'eb':
      return sql`(${condition} and ${low} < ${at(value.value)})`
    case 'ap':
      return sql`(${condition} and ${low} >= ${at(value.low)})`
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'sa':
      return condition
  }
}
