/** Local time in Paris against the time zone database, hour by hour, for the years of the rule. */
import t from 'tap'
import { parseFhirDate } from '../../src/fhir/date.ts'
import { parisTime } from '../../src/fhir/paris-time.ts'

const HOUR = 3_600_000
const paris = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

/** What the clock on the wall shows at an instant, as if it were UTC. */
function localOf(instant: number): number {
  const part = Object.fromEntries(
    paris.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute)
}

t.test('1996 to 2037: every local time that there was leads back to its instant', async (t) => {
  const faults: string[] = []
  const seen = { summer: 0, winter: 0, twice: 0, changes: 0 }
  let before = 0
  const check = (instant: number): void => {
    const local = localOf(instant)
    const offset = local - instant
    if (before && offset !== before) seen.changes++
    before = offset
    seen[offset === 2 * HOUR ? 'summer' : 'winter']++
    const found = local - parisTime(local)
    // The hour that stands twice in October is taken as summer's: an hour before, in winter's reading.
    if (found === instant) return
    const twice = found === instant - HOUR && localOf(found) === local
    if (twice) seen.twice++
    else faults.push(new Date(instant).toISOString())
  }
  for (let year = 1996; year <= 2037; year++) {
    for (let month = 0; month < 12; month++) {
      // Every half hour where the clock may change, twice a day elsewhere.
      const step = month === 2 || month === 9 ? HOUR / 2 : 12 * HOUR
      const end = Date.UTC(year, month + 1, 1)
      for (let instant = Date.UTC(year, month, 1); instant < end; instant += step) check(instant)
    }
  }
  t.same(faults, [])
  t.equal(seen.changes, 84, 'two changes in each of 42 years')
  t.equal(seen.twice, 84, 'an hour of two halves in each of 42 years')
  t.ok(seen.summer > 10_000 && seen.winter > 10_000, 'not vacuous')
})

t.test('a day is as long as people there live it', async (t) => {
  const hours = (text: string): number => {
    const day = parseFhirDate(text, parisTime)
    return day ? (day.end - day.start) / HOUR : Number.NaN
  }
  t.same(['2026-03-28', '2026-03-29', '2026-07-01', '2026-10-25'].map(hours), [24, 23, 24, 25])
  t.equal(
    new Date(parseFhirDate('2026-07-01', parisTime)?.start ?? 0).toISOString(),
    '2026-06-30T22:00:00.000Z',
  )
  t.equal(new Date(parseFhirDate('2026', parisTime)?.start ?? 0).toISOString(), '2025-12-31T23:00:00.000Z')
  t.equal(
    new Date(parseFhirDate('2026-07-01T00:00:00Z', parisTime)?.start ?? 0).toISOString(),
    '2026-07-01T00:00:00.000Z',
    'a zone that is named holds',
  )
})
