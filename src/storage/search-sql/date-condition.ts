/**
 * Comparison of ranges on the time line, all half-open.
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
import type { DateValue } from '../../search/search-expression.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

/** The resource's range is [from, until), or the point `from` when both are one fragment; the parameter's is [start, end). */
export function dateCondition(from: Sql, until: Sql, { prefix, start, end }: DateValue): Sql {
  const low = sql`${timestamp(start)}::timestamptz`
  const high = sql`${timestamp(end)}::timestamptz`
  const point = from === until
  // Half-open ranges: a point lies before its end, a range may end exactly where the parameter's does.
  const endsWithin = point ? sql`${from} < ${high}` : sql`${until} <= ${high}`
  switch (prefix) {
    case 'eq':
      return sql`(${from} >= ${low} and ${endsWithin})`
    case 'ne':
      return sql`not (${from} >= ${low} and ${endsWithin})`
    case 'gt':
      return point ? sql`${from} >= ${high}` : sql`${until} > ${high}`
    case 'lt':
      return sql`${from} < ${low}`
    case 'ge':
      return point
        ? sql`${from} >= ${low}`
        : sql`(${until} > ${high} or (${from} >= ${low} and ${endsWithin}))`
    case 'le':
      return point ? sql`${from} < ${high}` : sql`(${from} < ${low} or (${from} >= ${low} and ${endsWithin}))`
    case 'sa':
      return sql`${from} >= ${high}`
    case 'eb':
      return point ? sql`${from} < ${low}` : sql`${until} <= ${low}`
    case 'ap':
      return point
        ? sql`(${from} >= ${low} - interval '1 day' and ${from} < ${high} + interval '1 day')`
        : sql`(${from} < ${high} + interval '1 day' and ${until} > ${low} - interval '1 day')`
  }
}
