/**
 * When a document that was deposited unseen by the patient is announced: told of after two weeks, visible by itself one
 * month after its deposit.
 * @see docs/policy.md V4; CSP R.1111-53
 */

const TWO_WEEKS = 14 * 24 * 60 * 60 * 1000

/** What was deposited then or before is told of now. */
export function twoWeeksBefore(now: number): number {
  return now - TWO_WEEKS
}

/**
 * What was deposited then or before is a month old now. A month ends on the same day of the next, or on its last day: what
 * was deposited on 29, 30 or 31 January is a month old on 28 February (UTC).
 */
export function monthBefore(now: number): number {
  const date = new Date(now)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const last = lastDay(year, month - 1)
  const isLast = day === lastDay(year, month)
  return Date.UTC(year, month - 1, isLast ? last : Math.min(day, last)) + (now - Date.UTC(year, month, day))
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
}
