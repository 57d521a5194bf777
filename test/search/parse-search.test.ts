/** Searches of a record: what is understood, what is refused, and that nothing is half-understood. */

import t from 'tap'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { parisTime } from '../../src/fhir/paris-time.ts'
import { recordLimits } from '../../src/search/column-capability.ts'
import { splitUnescaped, withoutEscapes } from '../../src/search/parameter-types/split.ts'
import { parseToken } from '../../src/search/parameter-types/token.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import type { Criterion, SearchExpression } from '../../src/search/search-expression.ts'
import { searchCapabilities } from '../../src/wiring/search-capabilities.ts'
import { codePoint } from '../support/code-point.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'

const capabilities = searchCapabilities(testRegistry())
const capability = { ...capabilities.DocumentReference, base: 'https://dmp.test/fhir' }
type Pairs = readonly (readonly [string, string])[]

function pairsOf(query: string): Pairs {
  return [...new URLSearchParams(query)]
}

function parse(query: string, handling: 'strict' | 'lenient' = 'strict'): SearchExpression {
  return parseSearch(capability, pairsOf(query), handling)
}

function faultsOf(query: string, handling: 'strict' | 'lenient' = 'strict'): string[] {
  try {
    parse(query, handling)
    return []
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    if (error.status !== 400) throw error
    return error.issues.map((issue) =>
      `${issue.error} ${issue.params?.name ?? issue.params?.what ?? ''}`.trim(),
    )
  }
}

const utcHour = (text: string): number => Date.parse(text) - parisTime(Date.parse(text))

t.test('what each query means', async (t) => {
  const day = { start: utcHour('2026-01-31T00:00:00Z'), end: utcHour('2026-02-01T00:00:00Z') }
  const cases: readonly (readonly [string, Partial<SearchExpression> & { criterion?: Criterion }])[] = [
    ['', {}],
    ['_count=7', { count: 7 }],
    ['_count=0', { count: 0 }],
    ['_count=101', { count: recordLimits.maxCount }],
    ['_count=999999999', { count: recordLimits.maxCount }],
    ['_total=accurate', { total: 'accurate' }],
    ['_total=estimate', { total: 'accurate' }],
    ['_total=none', { total: 'none' }],
    ['_sort=date', { sort: [{ parameter: 'date', descending: false }] }],
    ['_sort=-_lastUpdated', { sort: [{ parameter: '_lastUpdated', descending: true }] }],
    ['_cursor=abc', { cursor: 'abc' }],
    ['type=x', { criterion: { kind: 'token', parameter: 'type', not: false, values: [{ code: 'x' }] } }],
    [
      'type=http://loinc.org|11490-0,|y,s|',
      {
        criterion: {
          kind: 'token',
          parameter: 'type',
          not: false,
          values: [
            { system: 'http://loinc.org', code: '11490-0' },
            { system: '', code: 'y' },
            { system: 's' },
          ],
        },
      },
    ],
    ['event:not=x', { criterion: { kind: 'token', parameter: 'event', not: true, values: [{ code: 'x' }] } }],
    [
      'identifier=a\\|b\\,c\\$d\\\\e|f',
      {
        criterion: {
          kind: 'token',
          parameter: 'identifier',
          not: false,
          values: [{ system: 'a|b,c$d\\e', code: 'f' }],
        },
      },
    ],
    [
      'date=2026-01-31',
      { criterion: { kind: 'date', parameter: 'date', values: [{ prefix: 'eq', ...day }] } },
    ],
    [
      'date=ap2026-01-31',
      { criterion: { kind: 'date', parameter: 'date', values: [{ prefix: 'ap', ...day }] } },
    ],
    [
      'period=ge2026-01-31,lt2026-01-31T10:00:00+01:00',
      {
        criterion: {
          kind: 'date',
          parameter: 'period',
          values: [
            { prefix: 'ge', ...day },
            // The plus sign was sent unescaped: the query string makes it a space.
            {
              prefix: 'lt',
              start: Date.parse('2026-01-31T09:00:00Z'),
              end: Date.parse('2026-01-31T09:00:01Z'),
            },
          ],
        },
      },
    ],
    ['_id=a,b', { criterion: { kind: 'id', parameter: '_id', values: ['a', 'b'] } }],
  ]
  const base = parse('patient=p')
  for (const [query, { criterion, ...expected }] of cases) {
    const { understood, criteria, ...rest } = parse(`patient=p&${query}`)
    const { understood: _, criteria: defaults, ...others } = base
    t.same(rest, { ...others, ...expected }, query)
    t.same(criteria, criterion ? [criterion, ...defaults] : defaults, query)
    const name = query.split('=')[0]
    if (name && name !== '_cursor') t.equal(understood[0]?.[0], name, `${query}: self says it`)
  }
})

t.test('without its criteria a search is of current documents, not archived, newest first', async (t) => {
  const { criteria, sort, count, total, understood } = parse('patient=p')
  t.same(criteria, [
    { kind: 'token', parameter: 'status', not: false, values: [{ code: 'current' }] },
    { kind: 'token', parameter: 'isArchived', not: false, values: [{ code: 'false' }] },
  ])
  t.same([sort, count, total], [[{ parameter: 'date', descending: true }], 20, 'none'])
  t.same(understood, [
    ['status', 'current'],
    ['isArchived', 'false'],
  ])
  t.same(
    parse('patient=p&status:not=superseded&isArchived=true').criteria.map((c) => c.parameter),
    ['status', 'isArchived'],
    'a criterion of the same name takes the place of the default',
  )
  const again = parse(`patient=p&${new URLSearchParams(Object.fromEntries(understood))}`)
  t.same(again, parse('patient=p'), 'what self says means the same')
})

t.test('the patient is named once, by id or by identifier', async (t) => {
  const byId = { kind: 'id', id: 'abc' }
  for (const query of [
    'patient=abc',
    'patient=Patient/abc',
    'subject=Patient/abc',
    'patient=https://dmp.test/fhir/Patient/abc',
  ])
    t.same(parse(query).patient, byId, query)
  const byIdentifier = { kind: 'identifier', system: 'urn:oid:1.2', value: '3' }
  for (const name of [
    'patient.identifier',
    'patient:identifier',
    'subject:Patient.identifier',
    'subject.identifier',
  ])
    t.same(parse(`${name}=urn:oid:1.2|3`).patient, byIdentifier, name)
  t.same(
    parse('patient=abc&type=x').understood.map(([name]) => name),
    ['type', 'status', 'isArchived'],
    'no link repeats the patient as the client named it',
  )
  t.same(faultsOf('patient=a&patient=b'), ['parametre-invalide patient'])
  t.same(faultsOf('patient=a&patient.identifier=s|b'), ['parametre-invalide patient.identifier'])
  t.same(faultsOf('patient=https://other.test/fhir/Patient/a'), ['parametre-invalide patient'])
  t.same(faultsOf('patient=Group/a'), ['parametre-invalide patient'])
  t.same(faultsOf('type=x'), ['patient-requis'])
})

t.test('what is not understood is refused, each with its name', async (t) => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['foo=1', 'parametre-inconnu foo'],
    ['foo=1&bar:exact=2', 'parametre-inconnu foo', 'parametre-inconnu bar'],
    ['DATE=2026', 'parametre-inconnu DATE'],
    ['_include=DocumentReference:author', 'parametre-invalide _include'],
    ['_include=*', 'parametre-non-pris-en-charge _include'],
    ['_has:Observation:patient:code=x', 'parametre-non-pris-en-charge _has'],
    ['_content=x', 'parametre-non-pris-en-charge _content'],
    ['relationship=a$b', 'parametre-non-pris-en-charge relationship'],
    ['__proto__=x', 'parametre-inconnu __proto__'],
    ['constructor=x', 'parametre-inconnu constructor'],
    ['=x', 'parametre-inconnu'],
    ['type:exact=x', 'modificateur-non-pris-en-charge type'],
    ['type:=x', 'modificateur-non-pris-en-charge type'],
    ['date:not=2026', 'modificateur-non-pris-en-charge date'],
    ['date:missing=true', 'modificateur-non-pris-en-charge date'],
    ['_id:not=x', 'modificateur-non-pris-en-charge _id'],
    ['type=', 'parametre-invalide type'],
    ['type=a,', 'parametre-invalide type'],
    ['type=|', 'parametre-invalide type'],
    ['type=a|b|c', 'parametre-invalide type'],
    ['type=a%00b', 'parametre-invalide type'],
    ['identifier=%0A', 'parametre-invalide identifier'],
    ['_id=', 'parametre-invalide _id'],
    ['_id=a,,b', 'parametre-invalide _id'],
    ['date=', 'parametre-invalide date'],
    ['date=yesterday', 'parametre-invalide date'],
    ['date=xx2026', 'parametre-invalide date'],
    ['date=GE2026', 'parametre-invalide date'],
    ['date=ge', 'parametre-invalide date'],
    ['date=ge ge2026', 'parametre-invalide date'],
    ['date=2026-02-30', 'parametre-invalide date'],
    ['date=2026,', 'parametre-invalide date'],
    ['_count=-1', 'parametre-invalide _count'],
    ['_count=1.5', 'parametre-invalide _count'],
    ['_count=1e3', 'parametre-invalide _count'],
    ['_count=', 'parametre-invalide _count'],
    ['_count=9999999999', 'parametre-invalide _count'],
    ['_total=guess', 'parametre-invalide _total'],
    ['_sort=author', 'parametre-invalide _sort'],
    ['_sort=--date', 'parametre-invalide _sort'],
    ['_sort=date,_id', 'parametre-invalide _sort'],
    ['_sort=', 'parametre-invalide _sort'],
    [
      '_count=x&date=y&foo=z',
      'parametre-invalide _count',
      'parametre-invalide date',
      'parametre-inconnu foo',
    ],
    [`type=${'x,'.repeat(100)}x`, 'parametre-invalide type'],
    [`_id=${Array.from({ length: 101 }, (_, i) => i)}`, 'parametre-invalide _id'],
  ]
  for (const [query, ...expected] of cases)
    t.same(faultsOf(`patient=p&${query}`), expected, query.slice(0, 60).replaceAll('#', ''))
  for (const query of [
    'patient=',
    'patient=Group/1',
    'patient=a b',
    `patient=${'x'.repeat(65)}`,
    'patient.identifier=1',
    'patient.identifier=|1',
    'patient.identifier=s|',
    'patient=a%0A',
  ])
    t.same(faultsOf(query), [`parametre-invalide ${query.split('=')[0]}`], query.slice(0, 60))
  t.same(faultsOf(`patient=p${'&type=x'.repeat(100)}`), ['trop-long parameters'])
})

t.test('lenient handling leaves out what is unknown, never what is wrong', async (t) => {
  const search = parse('patient=p&foo=1&bar=x&type=y', 'lenient')
  t.same(search.ignored, ['foo', 'bar'])
  t.same(
    search.understood.map(([name]) => name),
    ['type', 'status', 'isArchived'],
    'self does not repeat what was left out',
  )
  t.same(faultsOf('patient=p&foo=1&date=never', 'lenient'), ['parametre-invalide date'])
  t.same(faultsOf('patient=p&_count=x', 'lenient'), ['parametre-invalide _count'])
  t.same(
    faultsOf('patient=p&type:exact=x', 'lenient'),
    ['modificateur-non-pris-en-charge type'],
    'a modifier belongs to a known parameter: to leave it out would widen the answer',
  )
  t.same(faultsOf('patient=&foo=1', 'lenient'), ['parametre-invalide patient'])
  t.same(faultsOf('foo=1', 'lenient'), ['patient-requis'])
})

t.test(
  'no query makes the parser fail otherwise than with a 400, and no value widens an answer',
  async (t) => {
    const seen = { understood: 0, refused: 0 }
    const names = fc.oneof(
      fc.constantFrom(
        ...capability.parameters.keys(),
        '_count',
        '_sort',
        '_total',
        '_cursor',
        'patient',
        'type:not',
      ),
      fc.string(),
    )
    const values = fc.oneof(
      fc.string(),
      fc.string({ unit: codePoint }),
      fc.constantFrom('2026', 'ge2026-01', 'a|b', '\\', 'a\\', '|', ',', '1', 'date', 'accurate'),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, values), { maxLength: 6 }),
        fc.constantFrom('strict' as const, 'lenient' as const),
        (pairs, handling) => {
          let search: SearchExpression
          try {
            search = parseSearch(capability, [['patient', 'p'], ...pairs], handling)
          } catch (error) {
            seen.refused++
            return error instanceof FhirError && error.status === 400
          }
          seen.understood++
          const criteria = pairs.filter(
            ([name]) => capability.parameters.has(name.split(':')[0] ?? '') && !search.ignored.includes(name),
          )
          // Each parameter that was not told as left out is a criterion, or one of the controls.
          return (
            search.criteria.length >= criteria.length &&
            (handling === 'lenient' || search.ignored.length === 0)
          )
        },
      ),
      { numRuns: 5000 },
    )
    t.ok(seen.understood > 500 && seen.refused > 500, 'not vacuous')
  },
)

t.test('tokens: what is escaped comes back whole', async (t) => {
  const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&')
  const texts = fc.string({ unit: fc.constantFrom('a', '\\', ',', '|', '$', 'é', ' ') })
  let special = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 4 }), (tokens) => {
      const filled = tokens.map(([system, code]) => ({ system, code: `${code}x` }))
      const text = filled.map(({ system, code }) => `${escaped(system)}|${escaped(code)}`).join(',')
      if (/\\[,|]/.test(text)) special++
      const parts = splitUnescaped(text, ',')
      return JSON.stringify(parts.map(parseToken)) === JSON.stringify(filled)
    }),
  )
  t.ok(special > 20, 'not vacuous')
  fc.assert(fc.property(texts, (text) => withoutEscapes(escaped(text)) === text))
})

t.test('the other types are searched by what they have', async (t) => {
  t.same([...capabilities.Patient.parameters.keys()], ['identifier'])
  t.doesNotThrow(() => parseSearch(capabilities.Patient, [['identifier', 's|v']], 'strict'))
  t.throws(() => parseSearch(capabilities.AuditEvent, [['date', '2026']], 'strict'), FhirError)
  t.same(
    parseSearch(
      capabilities.AuditEvent,
      [
        ['patient', 'p'],
        ['date', '2026'],
      ],
      'strict',
    ).criteria.length,
    1,
  )
})
