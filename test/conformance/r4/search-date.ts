/**
 * Every prefix × precision × kind of value, against an oracle: intervals compared as the table of prefixes says.
 * Dates without a time lie in the server's zone, which is its own: values with a time keep clear of midnight.
 * @see https://hl7.org/fhir/R4/search.html#date, #prefix
 */
import type { Observation } from '@medplum/fhirtypes'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate, type Row } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

type Interval = { readonly from: number; readonly to: number }

/** The interval a partial date stands for: from inclusive, to exclusive. */
function intervalOf(text: string): Interval {
  const [date = '', time] = text.split('T')
  const [year = '', month, day] = date.split('-')
  const at = (y: number, m: number, d: number): number => Date.UTC(y, m - 1, d)
  const y = Number(year)
  if (month === undefined) return { from: at(y, 1, 1), to: at(y + 1, 1, 1) }
  const m = Number(month)
  if (day === undefined) return { from: at(y, m, 1), to: at(y, m + 1, 1) }
  if (time === undefined) return { from: at(y, m, Number(day)), to: at(y, m, Number(day) + 1) }
  const clock = /^(\d\d:\d\d)(:\d\d)?(\.\d+)?(.*)$/.exec(time)
  const [, minutes = '', seconds, fraction, zone = ''] = clock ?? []
  const from = Date.parse(`${date}T${minutes}${seconds ?? ':00'}${fraction ?? ''}${zone}`)
  return { from, to: from + (seconds === undefined ? 60_000 : fraction === undefined ? 1_000 : 1) }
}

function periodOf(start: string | undefined, end: string | undefined): Interval {
  return {
    from: start === undefined ? Number.NEGATIVE_INFINITY : intervalOf(start).from,
    to: end === undefined ? Number.POSITIVE_INFINITY : intervalOf(end).to,
  }
}

const contains = (outer: Interval, inner: Interval): boolean =>
  outer.from <= inner.from && inner.to <= outer.to

/** The search value first, the stored one second. */
const prefixes: Readonly<Record<string, (asked: Interval, stored: Interval) => boolean>> = {
  eq: contains,
  ne: (asked, stored) => !contains(asked, stored),
  gt: (asked, stored) => stored.to > asked.to,
  lt: (asked, stored) => stored.from < asked.from,
  ge: (asked, stored) => stored.to > asked.to || contains(asked, stored),
  le: (asked, stored) => stored.from < asked.from || contains(asked, stored),
  sa: (asked, stored) => stored.from >= asked.to,
  eb: (asked, stored) => stored.to <= asked.from,
}

const moments = {
  year19: '2019',
  year20: '2020',
  year21: '2021',
  may: '2020-05',
  june: '2020-06',
  july: '2020-07',
  leap: '2020-02-29',
  d14: '2020-06-14',
  d15: '2020-06-15',
  d16: '2020-06-16',
  noon: '2020-06-15T12:00:00Z',
  noonMs: '2020-06-15T12:00:00.500Z',
  noonZone: '2020-06-15T14:00:00+02:00',
  later: '2020-06-15T12:00:01Z',
  before: '2020-06-15T11:59:59.999Z',
  old: '1900-01-01T12:00:00Z',
} as const

const periods = {
  within: ['2020-06-15T10:00:00Z', '2020-06-15T11:00:00Z'],
  across: ['2020-06-14', '2020-06-16'],
  month: ['2020-06', '2020-06'],
  halves: ['2020-06-15T11:00:00Z', '2020-06-15T12:00:00Z'],
  since: ['2020-06-15', undefined],
  until: [undefined, '2020-06-15'],
  ago: ['2018-03', '2018-09'],
} as const

const stored: Readonly<Record<string, Interval>> = {
  ...Object.fromEntries(Object.entries(moments).map(([label, text]) => [label, intervalOf(text)])),
  ...Object.fromEntries(
    Object.entries(periods).map(([label, [start, end]]) => [label, periodOf(start, end)]),
  ),
}

const results = shared((context) =>
  populate(context, () => ({
    ...Object.fromEntries(
      Object.entries(moments).map(([label, effectiveDateTime]): [string, Observation] => [
        label,
        observation({ effectiveDateTime }),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(periods).map(([label, [start, end]]): [string, Observation] => [
        label,
        observation({
          effectivePeriod: {
            ...(start === undefined ? {} : { start }),
            ...(end === undefined ? {} : { end }),
          },
        }),
      ]),
    ),
    undated: observation(),
  })),
)

const asked = [
  '2020',
  '2018',
  '2020-06',
  '2020-02-29',
  '2020-06-15',
  '2020-06-15T12:00Z',
  '2020-06-15T12:00:00Z',
  '2020-06-15T14:00:00+02:00',
  '2020-06-15T12:00:00.500Z',
  '1900-01-01T12:00:00Z',
]

type Condition = readonly [prefix: keyof typeof prefixes, text: string]

/** Labels of what meets one condition of each list. */
function meeting(...all: readonly (readonly Condition[])[]): string[] {
  return Object.entries(stored)
    .filter(([_label, value]) =>
      all.every((any) => any.some(([prefix, text]) => prefixes[prefix]?.(intervalOf(text), value))),
    )
    .map(([label]) => label)
}

const rows: Row[] = Object.keys(prefixes).flatMap((prefix) =>
  asked.map((text): Row => [`date=${prefix}${text}`, meeting([[prefix, text]])]),
)

const people = shared((context) =>
  populate(context, () => ({
    a: patient({ birthDate: '1980-01-31' }),
    b: patient({ birthDate: '1980-02' }),
    c: patient({ birthDate: '1980' }),
    d: patient({ birthDate: '2000-02-29' }),
    none: patient(),
  })),
)

export const searchDate = clause('search-date', 'search.html#date', ({ must, own }) => {
  eachRow(must, results, 'Observation', rows, 'search.html#prefix')
  eachRow(must, results, 'Observation', [
    [
      'date=2019,1900',
      meeting([
        ['eq', '2019'],
        ['eq', '1900'],
      ]),
      'OR, and no prefix is eq',
    ],
    [
      'date=eb2019-06,ge2021',
      meeting([
        ['eb', '2019-06'],
        ['ge', '2021'],
      ]),
      'a prefix for each value',
    ],
    [
      'date=gt2020-06-14&date=lt2020-06-15T11:00:00Z',
      meeting([['gt', '2020-06-14']], [['lt', '2020-06-15T11:00:00Z']]),
      'AND',
    ],
    [
      'date=ge2020-06-15T12:00:00Z&date=le2020-06-15T12:00:00Z',
      meeting([['ge', '2020-06-15T12:00:00Z']], [['le', '2020-06-15T12:00:00Z']]),
      'a point',
    ],
    ['date:missing=true', ['undated']],
  ])
  eachRow(must, people, 'Patient', [
    ['birthdate=1980', ['a', 'b', 'c']],
    ['birthdate=1980-02', ['b']],
    ['birthdate=1980-01-31', ['a']],
    ['birthdate=2000-02-29', ['d']],
    ['birthdate=lt1980-02', ['a', 'c']],
    ['birthdate=gt1980-02', ['c', 'd']],
    ['birthdate=sa1980', ['d']],
    ['birthdate=ne1980', ['d'], 'those without a date are not found'],
    ['birthdate=ap1980', ['a', 'b', 'c']],
  ])
  eachRefused(must, people, 'Patient', [
    'birthdate=nonsense',
    'birthdate=2020-13',
    'birthdate=2020-02-30',
    'birthdate=2019-02-29',
    'birthdate=20200101',
    'birthdate=xx2020',
    'birthdate=2020-01-01T25:00:00Z',
    'birthdate=gt',
    'birthdate=2020-1-1',
  ])
  eachRefused(own, people, 'Patient', [
    'birthdate=',
    'birthdate=2020,',
    'birthdate=GT2020',
    'birthdate=2020-01-01T12',
  ])
})
