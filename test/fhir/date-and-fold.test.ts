import t from 'tap'
import { type DatePrecision, parseFhirDate } from '../../src/fhir/date.ts'
import { fold } from '../../src/fhir/fold.ts'
import fc from '../support/draws.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

t.test('each precision is the interval it names', async (t) => {
  const cases: [string, string, string, DatePrecision][] = [
    ['2023', '2023-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 'year'],
    ['0099', '0099-01-01T00:00:00.000Z', '0100-01-01T00:00:00.000Z', 'year'],
    ['2023-12', '2023-12-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 'month'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z', 'day'],
    ['2023-02-01T10:30', '2023-02-01T10:30:00.000Z', '2023-02-01T10:31:00.000Z', 'minute'],
    ['2023-02-01T10:30+01:00', '2023-02-01T09:30:00.000Z', '2023-02-01T09:31:00.000Z', 'minute'],
    ['2023-02-01T10:30:15Z', '2023-02-01T10:30:15.000Z', '2023-02-01T10:30:16.000Z', 'second'],
    ['2023-02-01T00:30:15+14:00', '2023-01-31T10:30:15.000Z', '2023-01-31T10:30:16.000Z', 'second'],
    ['2023-02-01T10:30:15.5Z', '2023-02-01T10:30:15.500Z', '2023-02-01T10:30:15.600Z', 'millisecond'],
    [
      '2023-02-01T10:30:15.123456-05:00',
      '2023-02-01T15:30:15.123Z',
      '2023-02-01T15:30:15.124Z',
      'millisecond',
    ],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z', 'second'],
  ]
  for (const [text, start, end, precision] of cases) {
    const found = parseFhirDate(text)
    t.same(
      found && { start: iso(found.start), end: iso(found.end), precision: found.precision },
      { start, end, precision },
      text,
    )
  }
})

t.test('what is no date is refused', async (t) => {
  const texts = [
    '',
    '23',
    '2023-13',
    '2023-00',
    '2023-02-30',
    '2023-02-29',
    '1900-02-29',
    '2023-04-31',
    '2023-01-00',
    '0000',
    '2023-1-1',
    '2023-01-01T24:00:00Z',
    '2023-01-01T10:60:00Z',
    '2023-01-01T10:00:61Z',
    '2023-01-01T10',
    '2023-01-01T10:00:00+14:01',
    '2023-01-01T10:00:00+01',
    '2023-01-01T10:00:00.Z',
    '2023Z',
    ' 2023',
    '2023\n',
    '2023-01-01T10:00:00+05:60',
    '12023',
    '+2023',
  ]
  for (const text of texts) t.equal(parseFhirDate(text), undefined, JSON.stringify(text))
})

t.test('instant-round-trip: a JavaScript date reads back as itself', async (t) => {
  let checked = 0
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }),
      (date) => {
        checked++
        const text = date.toISOString()
        const found = parseFhirDate(text)
        const day = parseFhirDate(text.slice(0, 10))
        const month = parseFhirDate(text.slice(0, 7))
        const year = parseFhirDate(text.slice(0, 4))
        if (!found || !day || !month || !year) return false
        const nested = [found, day, month, year].every((wide, i, all) => {
          const narrow = all[i - 1] ?? found
          return wide.start <= narrow.start && wide.end >= narrow.end
        })
        return found.start === date.getTime() && found.end === found.start + 1 && nested
      },
    ),
  )
  t.ok(checked >= 100, 'not vacuous')
})

t.test('offset-is-a-shift: the same local time, shifted by its offset', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -840, max: 840 }),
      fc.integer({ min: 0, max: 86_399 }),
      (offset, second) => {
        const local = new Date(Date.UTC(2024, 1, 28) + second * 1000).toISOString().slice(0, 19)
        const size = Math.abs(offset)
        const text = `${offset < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
        const found = parseFhirDate(local + text)
        return found?.start === Date.UTC(2024, 1, 28) + second * 1000 - offset * 60_000
      },
    ),
  )
})

t.test('a zone is used only where the text names none', async (t) => {
  const zone = (): number => 3_600_000
  t.equal(parseFhirDate('2023-01-01', zone)?.start, Date.UTC(2022, 11, 31, 23))
  t.equal(parseFhirDate('2023-01-01T10:00:00', zone)?.start, Date.UTC(2023, 0, 1, 9))
  t.equal(parseFhirDate('2023-01-01T10:00:00Z', zone)?.start, Date.UTC(2023, 0, 1, 10))
  const dayOfSpring = parseFhirDate('2023-03-26', (local) =>
    local < Date.UTC(2023, 2, 26, 2) ? 3_600_000 : 7_200_000,
  )
  t.equal(
    dayOfSpring && dayOfSpring.end - dayOfSpring.start,
    23 * 3_600_000,
    'the day of the change is shorter',
  )
})

t.test('fold takes case, accents, ligatures, punctuation and spaces away', async (t) => {
  t.equal(fold("  Hélène  d'Œuvre-Roß "), 'helene d oeuvre ross')
  t.equal(fold('É'), fold('e\u0301'), 'composed or not')
  t.equal(fold('ﬁn'), 'fin')
  t.equal(fold('İstanbul'), 'istanbul')
  t.equal(fold('plain text 12'), 'plain text 12')
})

t.test('fold-is-idempotent', async (t) => {
  let changed = 0
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      const once = fold(text)
      if (once !== text) changed++
      return fold(once) === once
    }),
    { numRuns: 1000 },
  )
  t.ok(changed > 100, 'not vacuous')
})
