/**
 * Times between JavaScript (milliseconds since 1970) and PostgreSQL, over the whole span that FHIR dates reach: the end
 * of `9999` lies in the year 10000, and `0001` with an offset in the year before, for which ISO 8601 as JavaScript
 * writes it is no PostgreSQL.
 * @see https://www.postgresql.org/docs/current/datatype-datetime.html
 */

/** Text that `::timestamptz` takes; open ends are ±Infinity. */
export function timestamp(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return 'infinity'
  if (milliseconds === Number.NEGATIVE_INFINITY) return '-infinity'
  const date = new Date(milliseconds)
  const iso = date.toISOString()
  const year = date.getUTCFullYear()
  if (year > 0 && year < 10_000) return iso
  // Years of six digits and a sign: `+010000-01-01T…`, `-000001-…`; the year 0 is 1 BC.
  const rest = iso.slice(iso.indexOf('-', 1))
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`
}

/** What PostgreSQL writes in the time zone UTC and DateStyle ISO: `2026-11-22 10:00:00.123+00`, `… BC`, `infinity`. */
export function milliseconds(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY
  if (text === '-infinity') return Number.NEGATIVE_INFINITY
  const match = /^(\d{4,6})(-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00( BC)?$/.exec(text)
  if (!match) throw new Error(`Not a timestamptz in UTC: ${text}`)
  const [, digits = '', day, time, fraction = '', bc] = match
  const year = bc ? 1 - Number(digits) : Number(digits)
  const sign = year < 0 ? '-' : '+'
  const isoYear =
    year >= 0 && year < 10_000
      ? String(year).padStart(4, '0')
      : sign + String(Math.abs(year)).padStart(6, '0')
  return Date.parse(`${isoYear}${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
}
