/**
 * A date asked of traces, as a range of their ids: the first 48 bits of an id are the millisecond in which it happened, and
 * the table lies in that order, month by month.
 * @see https://hl7.org/fhir/R4/search.html#prefix; migrations/0010_audit_chain.sql
 */
import type { DateValue } from '../../search/search-expression.ts'
import { type Sql, sql } from '../sql.ts'
import { firstIdOf } from './trace-columns.ts'

const DAY = 86_400_000

/** The parameter's range is [start, end); a trace is a point in time. */
export function traceTimeCondition({ prefix, start, end }: DateValue): Sql {
  switch (prefix) {
    case 'eq':
      return sql`(${since(start)} and ${before(end)})`
    case 'ne':
      return sql`not (${since(start)} and ${before(end)})`
    case 'ge':
      return since(start)
    case 'gt':
    case 'sa':
      return since(end)
    case 'lt':
    case 'eb':
      return before(start)
    case 'le':
      return before(end)
    case 'ap':
      // As for documents: a day more on either side.
      return sql`(${since(start - DAY)} and ${before(end + DAY)})`
  }
}

export function since(time: number): Sql {
  return sql`a.id >= ${firstIdOf(time)}::uuid`
}

function before(time: number): Sql {
  return sql`a.id < ${firstIdOf(time)}::uuid`
}
