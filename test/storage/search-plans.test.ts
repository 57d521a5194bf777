/**
 * What searches cost among a million resources, in pages that PostgreSQL touches: a number that does not depend on the
 * machine. No search reads a large table from end to end.
 */
import t from 'tap'
import { utc } from '../../src/fhir/date.ts'
import { NO_PATIENT } from '../../src/fhir/id.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import type { Criterion, SearchExpression } from '../../src/search/search-expression.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type Runner } from '../../src/storage/database.ts'
import { includeResources } from '../../src/storage/resources/include-resources.ts'
import { everything } from '../../src/storage/resources/reach.ts'
import { readHistory } from '../../src/storage/resources/read-history.ts'
import { searchResources } from '../../src/storage/resources/search-resources.ts'
import { buildIndex } from '../../src/storage/search-index/build-index.ts'
import { endOf } from '../../src/storage/search-index/range-end.ts'
import { type Sql, sql } from '../../src/storage/sql.ts'
import { testDatabase } from '../support/database.ts'
import { fillDatabase } from '../support/large-population.ts'
import { testRegistry } from '../support/registry.ts'

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Plan Rows': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}
type Explained = { readonly Plan: Node; readonly 'Execution Time': number; readonly 'Planning Time': number }

/** Explains each statement, with the settings it is run with, before it runs it. */
class Explainer implements Runner {
  readonly plans: Explained[] = []
  readonly #db: Database
  constructor(db: Database) {
    this.#db = db
  }
  async run<Row>(statement: Sql, planning?: 'generic' | 'custom'): Promise<Row[]> {
    // The planner itself is asked sometimes: that touches no pages.
    if (statement.strings[0]?.startsWith('explain')) return this.#db.run<Row>(statement, planning)
    const [row] = await this.#db.run<{ 'QUERY PLAN': Explained[] }>(
      sql`explain (analyze, buffers, format json) ${statement}`,
      planning,
    )
    this.plans.push(...(row?.['QUERY PLAN'] ?? []))
    return this.#db.run<Row>(statement, planning)
  }
  get buffers(): number {
    return this.plans.reduce(
      (sum, { Plan }) => sum + Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
      0,
    )
  }
  get milliseconds(): number {
    return this.plans.reduce((sum, plan) => sum + plan['Execution Time'] + plan['Planning Time'], 0)
  }
  get scans(): string[] {
    const walk = (node: Node): string[] => [
      ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : []),
      ...(node.Plans ?? []).flatMap(walk),
    ]
    return this.plans.flatMap(({ Plan }) => walk(Plan))
  }
}

t.setTimeout(420_000)

const DAY = 86_400_000
const day = (text: string): { start: number; end: number } => ({
  start: Date.parse(text),
  end: Date.parse(text) + DAY,
})
const token = (parameter: string, code: string, not = false): Criterion => ({
  kind: 'token',
  parameter,
  not,
  values: [{ code }],
})
const date = (prefix: 'ge' | 'gt' | 'lt' | 'eq', text: string): Criterion => ({
  kind: 'date',
  parameter: 'date',
  values: [{ prefix, ...day(text) }],
})
const starts = (parameter: string, value: string, match: 'starts' | 'contains' = 'starts'): Criterion => ({
  kind: 'string',
  parameter,
  match,
  values: [value],
})
const subject = (id: string): Criterion => ({
  kind: 'reference',
  parameter: 'subject',
  values: [{ kind: 'local', type: 'Patient', id }],
})
const by = (parameter: string, descending = false) => ({ parameter, descending })

const of = (
  types: string[],
  criteria: Criterion[],
  sort: SearchExpression['sort'] = [],
): SearchExpression => ({
  types,
  criteria,
  sort,
  count: 20,
  total: 'none',
  summary: 'false',
  elements: [],
  includes: [],
  understood: [],
  ignored: [],
})
const observations = (criteria: Criterion[], sort?: SearchExpression['sort']) =>
  of(['Observation'], criteria, sort)
const patients = (criteria: Criterion[], sort?: SearchExpression['sort']) => of(['Patient'], criteria, sort)

/** Pages of 8 KB touched, about three times what was seen; found: at least one, unless none is to be found. */
const cases: readonly (readonly [name: string, search: SearchExpression, buffers: number, none?: true])[] = [
  ['no criteria', observations([]), 500],
  [
    'token: one',
    patients([
      { kind: 'token', parameter: 'identifier', not: false, values: [{ system: 'urn:oid', code: 'P4711' }] },
    ]),
    100,
  ],
  ['token: few thousand', observations([token('code', '17')]), 3000],
  ['token: a twentieth', observations([token('code', '3')]), 3000],
  ['token: nearly all', observations([token('status', 'final')]), 500],
  ['token: none', observations([token('code', 'x')]), 100, true],
  ['token: not', observations([token('status', 'final', true)]), 1500],
  [
    'tokens: a hundred values',
    observations([
      {
        kind: 'token',
        parameter: 'code',
        not: false,
        values: Array.from({ length: 100 }, (_, i) => ({ code: `${200 + i}` })),
      },
    ]),
    3000,
  ],
  ['date: a day', observations([date('eq', '2024-01-15')]), 3000],
  ['date: since, sorted up', observations([date('ge', '2024-01-15')], [by('date')]), 500],
  ['date: since, sorted down', observations([date('ge', '2024-01-15')], [by('date', true)]), 500],
  ['date: before, sorted down', observations([date('lt', '2016-01-15')], [by('date', true)]), 500],
  ['sorted by date', observations([], [by('date', true)]), 500],
  ['sorted by date, then by value', observations([], [by('date', true), by('value-quantity')]), 3000],
  ['sorted by time', observations([], [by('_lastUpdated', true)]), 500],
  ['code, sorted by date', observations([token('code', '17')], [by('date', true)]), 30_000],
  ['code of many, sorted by date', observations([token('code', '3')], [by('date', true)]), 4000],
  [
    'two tokens, sorted by date',
    observations([token('code', '0'), token('status', 'preliminary')], [by('date', true)]),
    6000,
  ],
  [
    'code and a month, sorted by date',
    observations(
      [token('code', '17'), date('ge', '2024-01-15'), date('lt', '2024-02-15')],
      [by('date', true)],
    ),
    30_000,
  ],
  ['sorted by a code', observations([], [{ ...by('code'), code: true }]), 6000],
  [
    'sorted by a code, then by date',
    observations([], [{ ...by('code'), code: true }, by('date', true)]),
    6000,
  ],
  ['sorted by identifier', patients([], [{ ...by('identifier'), code: true }]), 6000],
  [
    'a name, sorted by gender',
    patients([starts('family', 'nom12')], [{ ...by('gender', true), code: true }]),
    60_000,
  ],
  ['reference, sorted by code', observations([subject('p4711')], [{ ...by('code'), code: true }]), 1000],
  ['string: begins', patients([starts('family', 'nom123')]), 1000],
  ['string: begins, sorted', patients([starts('family', 'nom12')], [{ ...by('family'), text: true }]), 1000],
  ['string: one letter, sorted', patients([starts('name', 'p')], [{ ...by('name'), text: true }]), 3000],
  ['string: contains', patients([starts('family', 'om4321', 'contains')]), 1500],
  ['reference, sorted', observations([subject('p4711')], [by('date', true)]), 500],
  ['reference and code', observations([subject('p4711'), token('code', '16')]), 500, true],
  [
    'quantity',
    observations([
      {
        kind: 'quantity',
        parameter: 'value-quantity',
        values: [{ prefix: 'gt', value: 199.8, low: 199.75, high: 199.85 }],
      },
    ]),
    3000,
  ],
  [
    'chain',
    observations([
      {
        kind: 'chain',
        parameter: 'subject',
        targets: [{ type: 'Patient', criterion: starts('family', 'nom123') }],
      },
    ]),
    8000,
  ],
  [
    'chain of two',
    observations([
      {
        kind: 'chain',
        parameter: 'subject',
        targets: [
          {
            type: 'Patient',
            criterion: {
              kind: 'chain',
              parameter: 'organization',
              targets: [
                { type: 'Organization', criterion: { kind: 'id', parameter: '_id', values: ['g7'] } },
              ],
            },
          },
        ],
      },
    ]),
    60_000,
  ],
  [
    'chain to one identifier',
    observations(
      [
        {
          kind: 'chain',
          parameter: 'subject',
          targets: [
            {
              type: 'Patient',
              criterion: {
                kind: 'token',
                parameter: 'identifier',
                not: false,
                values: [{ system: 'urn:oid', code: 'P4711' }],
              },
            },
          ],
        },
      ],
      [by('date', true)],
    ),
    500,
  ],
  [
    '_has, few',
    patients([
      {
        kind: 'has',
        parameter: '_has',
        type: 'Observation',
        reference: 'subject',
        criterion: token('code', '17'),
      },
    ]),
    30_000,
  ],
  [
    '_has, many',
    patients([
      {
        kind: 'has',
        parameter: '_has',
        type: 'Observation',
        reference: 'subject',
        criterion: token('code', '3'),
      },
    ]),
    30_000,
  ],
  [
    '_has, and a name',
    patients([
      starts('family', 'nom12'),
      {
        kind: 'has',
        parameter: '_has',
        type: 'Observation',
        reference: 'subject',
        criterion: token('code', '3'),
      },
    ]),
    // The second page: the planner looks at all 2 200 of the name before it sorts them.
    60_000,
  ],
  [
    'chain, code, sorted by date',
    observations(
      [
        {
          kind: 'chain',
          parameter: 'subject',
          targets: [{ type: 'Patient', criterion: starts('family', 'nom123') }],
        },
        token('code', '3'),
      ],
      [by('date', true)],
    ),
    10_000,
  ],
  ['string: one letter, nearly all', patients([starts('name', 'p')]), 3000],
  ['missing', observations([{ kind: 'missing', parameter: 'date', missing: false }]), 500],
  [
    'compartment',
    observations([
      {
        kind: 'compartment',
        parameter: '_compartment',
        type: 'Patient',
        id: 'p4711',
        parameters: new Map([['Observation', ['subject', 'performer']]]),
      },
    ]),
    500,
  ],
  [
    'several types, newest first',
    of(['Patient', 'Observation', 'Organization'], [], [by('_lastUpdated', true)]),
    500,
  ],
]

/** The rows of the population are those that the index gives for such a resource. */
async function sameForms(t: { ok(value: boolean, message: string): void }, db: Database): Promise<void> {
  const [row] = await db.run<{ terms: string; low: string[] }>(
    sql`select r.terms::text as terms, array(select encode(x.low, 'hex') from search_range x
          where x.id = r.id order by x.position) as low from resource r where r.id = 'o17'`,
  )
  const registry = testRegistry()
  const index = buildIndex(
    registry,
    buildExtraction(registry, { base: 'http://server', zone: utc }, ['Observation']),
  )
  const { terms, ranges } = index('Observation', {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '18' }] },
    subject: { reference: 'Patient/p17' },
    effectiveDateTime: new Date(1420070400000 + ((17 * 7919) % 4000) * DAY + 17 * 60_000).toISOString(),
    valueQuantity: { value: 52.7 },
  })
  const stored = (row?.terms ?? '').replace(/[{}-]/g, '').split(',')
  const given = new Set<string>(terms)
  t.ok(stored.length === 8 && stored.every((term) => given.has(term)), 'terms are those of the index')
  const ends = new Set<string>(ranges.map((range) => endOf(range.term, range.low)))
  t.ok(row?.low.length === 2 && row.low.every((end) => ends.has(end)), 'ranges are those of the index')
}

t.test(
  'a page among a million resources touches few pages of the database',
  { timeout: 400_000 },
  async (t) => {
    await using database = await testDatabase()
    const begin = performance.now()
    await withOwner(database.owner, fillDatabase)
    t.comment(`filled in ${Math.round(performance.now() - begin)} ms`)
    const db = openDatabase(database.server, (error) => t.fail(String(error)))
    try {
      await sameForms(t, db)
      for (const [name, search, limit, none] of cases) {
        const explainer = new Explainer(db)
        const page = await searchResources(explainer, NO_PATIENT, search, undefined, everything)
        t.comment(`${name}: ${explainer.buffers} buffers, ${explainer.milliseconds.toFixed(1)} ms`)
        t.equal(page.entries.length > 0, none !== true, `${name}: finds ${page.entries.length}`)
        t.ok(explainer.buffers <= limit, `${name}: ${explainer.buffers} buffers, at most ${limit}`)
        t.same(explainer.scans, [], `${name}: no table is read from end to end`)
        const last = page.entries.at(-1)
        if (!page.more || !last) continue
        const second = new Explainer(db)
        await searchResources(second, NO_PATIENT, search, last.position, everything)
        t.ok(second.buffers <= limit, `${name}: second page ${second.buffers} buffers, at most ${limit}`)
      }
      const matches = Array.from({ length: 100 }, (_, i) => ({
        patientKey: NO_PATIENT,
        type: 'Patient',
        id: `p${i * 991}`,
      }))
      for (const [name, reverse, source, parameter] of [
        ['include', false, 'Patient', 'organization'],
        ['revinclude', true, 'Observation', 'subject'],
      ] as const) {
        const explainer = new Explainer(db)
        const asked = [{ reverse, iterate: false, source, parameter }]
        const { entries } = await includeResources(explainer, NO_PATIENT, matches, asked, everything, 1000)
        t.comment(
          `${name}: ${entries.length} entries, ${explainer.buffers} buffers, ${explainer.milliseconds.toFixed(1)} ms`,
        )
        t.ok(entries.length > 0 && explainer.buffers <= 20_000, `${name}: ${explainer.buffers} buffers`)
        t.same(explainer.scans, [], `${name}: no table is read from end to end`)
      }
      for (const level of [{}, { type: 'Observation' }, { type: 'Observation', id: 'o17' }]) {
        const explainer = new Explainer(db)
        await readHistory(explainer, { patientKey: NO_PATIENT, limit: 20, ...level }, everything)
        t.ok(explainer.buffers <= 500, `history ${JSON.stringify(level)}: ${explainer.buffers} buffers`)
        t.same(
          explainer.scans.filter((table) => table !== 'resource_version'),
          [],
        )
      }
    } finally {
      await db.close()
    }
  },
)
