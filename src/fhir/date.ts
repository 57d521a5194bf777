/**
 * FHIR dates as half-open intervals of time: `2023-02` is everything from the first instant of February to the first of
 * March. Takes the forms of date, dateTime and instant, and those that search adds: no seconds, no zone.
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime and https://hl7.org/fhir/R4/search.html#date
 */

export type DatePrecision = 'year' | 'month' | 'day' | 'minute' | 'second' | 'millisecond'

export type DateInterval = {
  /** Milliseconds since 1970 UTC, included. */
  readonly start: number
  /** Milliseconds since 1970 UTC, excluded. */
  readonly end: number
  readonly precision: DatePrecision
}

/**
 * What must be taken from a local time to get UTC, in milliseconds, for texts that name no zone.
 * @param local milliseconds since 1970 as the local clock shows them
 */
export type Zone = (local: number) => number

export const utc: Zone = () => 0

const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

const MINUTE = 60_000
const DAY = 86_400_000

/**
 * Undefined for anything that is no date: `2023-02-30`, hour 24, year 0000, offsets beyond 14:00.
 * Seconds may be 60 (a leap second): it is the first second of the next minute, as POSIX counts. Digits after the
 * third of a second are read and widen nothing: time is kept in milliseconds.
 * @param zone for texts without an offset; the default is UTC
 */
export function parseFhirDate(text: string, zone: Zone = utc): DateInterval | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [, y, m, d, hh, mm, ss, fraction, offset] = match
  const year = Number(y)
  if (year === 0) return undefined
  if (m === undefined) return interval(dayOf(year, 1, 1), dayOf(year + 1, 1, 1), 'year', zone)
  const month = Number(m)
  if (month < 1 || month > 12) return undefined
  if (d === undefined) return interval(dayOf(year, month, 1), dayOf(year, month + 1, 1), 'month', zone)
  const day = Number(d)
  if (day < 1 || day > daysIn(year, month)) return undefined
  const midnight = dayOf(year, month, day)
  if (hh === undefined) return interval(midnight, midnight + DAY, 'day', zone)
  const hour = Number(hh)
  const minute = Number(mm)
  const second = Number(ss ?? 0)
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const shift = offset === undefined ? zone : offsetZone(offset)
  if (!shift) return undefined
  const start = midnight + (hour * 60 + minute) * MINUTE + second * 1000
  if (ss === undefined) return interval(start, start + MINUTE, 'minute', shift)
  if (fraction === undefined) return interval(start, start + 1000, 'second', shift)
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const width = 10 ** Math.max(0, 3 - fraction.length)
  return interval(start + milliseconds, start + milliseconds + width, 'millisecond', shift)
}

function interval(start: number, end: number, precision: DatePrecision, zone: Zone): DateInterval {
  return { start: start - zone(start), end: end - zone(end), precision }
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999: 400 years are added and taken away again. */
function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year + 400, month - 1, day) - 146_097 * DAY
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function offsetZone(offset: string): Zone | undefined {
  if (offset === 'Z') return utc
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))
  if (Number(offset.slice(4)) > 59 || minutes > 14 * 60) return undefined
  const shift = (offset.startsWith('-') ? -minutes : minutes) * MINUTE
  return () => shift
}
