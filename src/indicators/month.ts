/**
 * Months in which usage is counted: of UTC, as the partitions of the traces are, so that a month's traces lie together.
 * France is one or two hours ahead: what happens in the first hours of a month there is counted in the month before.
 */

/** `YYYY-MM` */
export type Month = string & { readonly __month: true }

const DAY = 24 * 60 * 60 * 1000
/**
 * How long after its end a month can be told of: a request that began in it has long left its trace by then. What is told is
 * never told otherwise later: the difference of two tellings would tell of the few who came in between.
 */
export const SETTLING_MS = DAY

/** @param time milliseconds since 1970 */
export function monthOf(time: number): Month {
  return new Date(time).toISOString().slice(0, 7) as Month
}

/** Undefined for what is no month of the years 1 to 9999. */
export function parseMonth(text: string): Month | undefined {
  return /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])$/.test(text) ? (text as Month) : undefined
}

/** Milliseconds since 1970 of its first instant. */
export function startOf(month: Month): number {
  return Date.parse(`${month}-01T00:00:00.000Z`)
}

/** Of the first instant after it. */
export function endOf(month: Month): number {
  const start = new Date(startOf(month))
  return start.setUTCMonth(start.getUTCMonth() + 1)
}

/** `YYYY-MM-DD` */
export function firstDayOf(month: Month): string {
  return `${month}-01`
}

/** `YYYY-MM-DD` */
export function lastDayOf(month: Month): string {
  return new Date(endOf(month) - DAY).toISOString().slice(0, 10)
}

/** @param countedUntil every trace of before that time is counted, milliseconds since 1970 */
export function isSettled(month: Month, countedUntil: number): boolean {
  return countedUntil >= endOf(month) + SETTLING_MS
}

/** The last month that can be told of; undefined when there is none. */
export function lastSettledMonth(countedUntil: number): Month | undefined {
  if (!Number.isFinite(countedUntil)) return undefined
  return monthOf(startOf(monthOf(countedUntil - SETTLING_MS)) - 1)
}
