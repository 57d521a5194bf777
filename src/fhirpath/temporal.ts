/**
 * Order of dates and times of unlike precision: what both say decides; where one says less, there is no answer.
 * @see http://hl7.org/fhirpath/N1/#datetime-comparison (and #comparison)
 */
import { type DateInterval, parseFhirDate } from '../fhir/date.ts'

/** Undefined: not comparable. A date without time is held against the date that the other writes, whatever its zone. */
export function compareMoments(a: string, b: string): number | undefined {
  const timed = a.includes('T') && b.includes('T')
  const left = parseFhirDate(timed ? a : dateOf(a))
  const right = parseFhirDate(timed ? b : dateOf(b))
  if (!left || !right) return undefined
  if (timed && isExact(left) && isExact(right)) return Math.sign(left.start - right.start)
  if (left.end <= right.start) return -1
  if (right.end <= left.start) return 1
  return left.precision === right.precision && a.includes('T') === b.includes('T') ? 0 : undefined
}

/** Times of day, `10:30`, `10:30:00.5`. */
export function compareTimes(a: string, b: string): number | undefined {
  return compareMoments(`2000-01-01T${clock(a)}`, `2000-01-01T${clock(b)}`)
}

function clock(time: string): string {
  return time.length === 2 ? `${time}:00` : time
}

function dateOf(text: string): string {
  const end = text.indexOf('T')
  return end < 0 ? text : text.slice(0, end)
}

/** Seconds and their fractions count as one precision. */
function isExact({ precision }: DateInterval): boolean {
  return precision === 'second' || precision === 'millisecond'
}
