/**
 * Searches against real PostgreSQL and an oracle that knows documents as systems, codes and intervals, not as columns;
 * paging; and the plan of the search that everybody makes.
 */

import pg from 'pg'
import t from 'tap'
import { encodeUuid, formatResourceId, type Uuid } from '../../../src/fhir/id.ts'
import { parisTime } from '../../../src/fhir/paris-time.ts'
import type { DocumentScope } from '../../../src/policy/document-scope.ts'
import type { Position } from '../../../src/search/cursor.ts'
import { parseDate } from '../../../src/search/parameter-types/date.ts'
import { parseSearch } from '../../../src/search/parse-search.ts'
import type { SearchExpression } from '../../../src/search/search-expression.ts'
import { type OwnerConnection, withOwner } from '../../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type Runner } from '../../../src/storage/database.ts'
import { countDocuments, searchDocuments } from '../../../src/storage/documents/search-documents.ts'
import type { DateRange, NewDocument } from '../../../src/storage/documents/store-documents.ts'
import { compileSql, type Sql } from '../../../src/storage/sql.ts'
import { searchCapabilities } from '../../../src/wiring/search-capabilities.ts'
import { testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'
import { matrices } from '../../support/questions.ts'
import { testRegistry } from '../../support/registry.ts'
import { documentWith, newUuid, store } from '../../support/stored-documents.ts'

const capability = searchCapabilities(testRegistry()).DocumentReference
const patientKey = newUuid()
const everything: DocumentScope = {
  types: 'every',
  onlyOwn: false,
  masked: 'all',
  invisiblePatient: true,
  invisibleLegal: 'shown',
  withdrawn: true,
  self: [],
}

async function withDatabase(work: (db: Database, owner: OwnerConnection) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    await work(db, test.owner)
  } finally {
    await db.close()
  }
}

function understand(pairs: readonly (readonly [string, string])[], count: number): SearchExpression {
  const search = parseSearch(capability, [['patient', encodeUuid(patientKey)], ...pairs], 'strict')
  return { ...search, count }
}

// --- what a document says, as the oracle sees it ---

type Token = { readonly system: string; readonly code: string }
type Said = {
  readonly tokens: Readonly<Record<string, readonly Token[]>>
  readonly dates: Readonly<Record<string, DateRange>>
  readonly id: Uuid
}
type Stored = { readonly said: Said; readonly document: NewDocument }

const systems = ['http://a', 'http://a_b', 'http://aXb', 'http://a%b', 'http://a\\b', 'http://a,b', '']
const codes = ['x', 'x_y', 'xzy', 'x%y', 'a,b', 'a|b', 'b', 'a$b', 'a\\b', 'a\\', 'http://a', 'X', 'é']
const tokens: fc.Arbitrary<Token> = fc.record({
  system: fc.constantFrom(...systems),
  code: fc.constantFrom(...codes),
})
const DAY = 86_400_000
const base = Date.parse('2026-03-01T00:00:00Z')
/** Round times meet the ends of the intervals that searches name. */
const instants = fc.oneof(
  fc.integer({ min: -60, max: 60 }).map((days) => base + days * DAY),
  fc.integer({ min: -1440, max: 1440 }).map((minutes) => base + minutes * 60_000),
  fc.integer({ min: -5000, max: 5000 }).map((ms) => base + ms),
)
const intervals = fc.oneof(
  fc.tuple(instants, instants).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 })),
  instants.map((start) => ({ start, end: Number.POSITIVE_INFINITY })),
  instants.map((end) => ({ start: Number.NEGATIVE_INFINITY, end })),
  fc.constantFrom('2026', '2026-03', '2026-02-28', '2026-03-01T01:00', '9999', '0001').map((text) => {
    const { start, end } = parseDate(text, parisTime) ?? { start: 0, end: 1 }
    return { start, end }
  }),
  fc.constant(undefined),
)
const some = fc.array(tokens, { maxLength: 3 })
const atMostOne = fc.array(tokens, { maxLength: 1 })

const documents: fc.Arbitrary<Stored> = fc
  .record({
    type: tokens,
    category: some,
    event: some,
    identifier: some,
    securityLabel: some,
    format: atMostOne,
    facility: atMostOne,
    setting: atMostOne,
    status: fc.constantFrom('current', 'current', 'superseded', 'entered-in-error'),
    archived: fc.boolean(),
    date: instants,
    lastUpdated: instants,
    creation: intervals,
    period: intervals,
    periodStart: intervals,
    periodEnd: intervals,
  })
  .map((g) => {
    const id = newUuid()
    const text = ({ system, code }: Token): string => `${system}|${code}`
    const one = ([token]: readonly Token[]): string => (token ? text(token) : '')
    const point = (at: number): DateRange => ({ start: at, end: at + 1 })
    return {
      document: documentWith({
        ...g,
        id,
        patientKey,
        type: text(g.type),
        category: g.category.map(text),
        event: g.event.map(text),
        identifier: g.identifier.map(text),
        securityLabel: g.securityLabel.map(text),
        format: one(g.format),
        facility: one(g.facility),
        setting: one(g.setting),
      }),
      said: {
        id,
        tokens: {
          type: [g.type],
          category: g.category,
          event: g.event,
          identifier: g.identifier,
          'security-label': g.securityLabel,
          format: g.format,
          facility: g.facility,
          setting: g.setting,
          status: [{ system: '', code: g.status }],
          isArchived: [{ system: '', code: String(g.archived) }],
        },
        dates: {
          date: point(g.date),
          _lastUpdated: point(g.lastUpdated),
          creation: g.creation,
          period: g.period,
          'period-start': g.periodStart,
          'period-end': g.periodEnd,
        },
      },
    }
  })

// --- what a search asks, and whether a document answers it ---

type Asked = { readonly pair: readonly [string, string]; readonly meets: (said: Said) => boolean }

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&')

const tokenForms = fc
  .tuple(tokens, fc.constantFrom('code', 'both', 'none', 'system'))
  .map(([token, form]) => {
    const { system, code } = token
    switch (form) {
      case 'code':
        return { text: escaped(code), meets: (x: Token) => x.code === code }
      case 'both':
        return {
          text: `${escaped(system)}|${escaped(code)}`,
          meets: (x: Token) => x.system === system && x.code === code,
        }
      case 'none':
        return { text: `|${escaped(code)}`, meets: (x: Token) => x.system === '' && x.code === code }
      default:
        return {
          text: `${escaped(system || 'http://a')}|`,
          meets: (x: Token) => x.system === (system || 'http://a'),
        }
    }
  })
const codedParameters = [
  'type',
  'category',
  'event',
  'identifier',
  'security-label',
  'format',
  'facility',
  'setting',
]
const tokenQueries: fc.Arbitrary<Asked> = fc
  .tuple(
    fc.constantFrom(...codedParameters),
    fc.array(tokenForms, { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([name, values, not]) => ({
    pair: [not ? `${name}:not` : name, values.map(({ text }) => text).join(',')],
    meets: (said) => (said.tokens[name] ?? []).some((x) => values.some(({ meets }) => meets(x))) !== not,
  }))

const flagQueries: fc.Arbitrary<Asked> = fc
  .tuple(
    fc.constantFrom(
      ['status', 'current'],
      ['status', 'superseded'],
      ['status', 'no-status'],
      ['isArchived', 'true'],
      ['isArchived', 'false'],
      ['isArchived', 'maybe'],
    ),
    fc.boolean(),
  )
  .map(([[name = '', value = ''], not]) => ({
    pair: [not ? `${name}:not` : name, value],
    meets: (said) => (said.tokens[name]?.[0]?.code === value) !== not,
  }))

const dateTexts = fc.oneof(
  fc.constantFrom(
    '2026',
    '2025',
    '2026-03',
    '2026-02',
    '2026-03-01',
    '2026-02-28',
    '9999',
    '0001',
    '9999-12-31',
  ),
  fc.constantFrom('2026-03-01T00:00Z', '2026-03-01T01:00', '2026-03-01T00:00:01Z', '2026-03-01T00:00:00.5Z'),
  instants.map((at) => new Date(at).toISOString()),
)
const prefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const

/** By the words of the specification, on half-open ranges. */
function compares(
  prefix: string,
  target: { start: number; end: number },
  value: { start: number; end: number },
) {
  const contained = target.start >= value.start && target.end <= value.end
  const above = target.end > value.end
  const below = target.start < value.start
  switch (prefix) {
    case 'ne':
      return !contained
    case 'gt':
      return above
    case 'lt':
      return below
    case 'ge':
      return above || contained
    case 'le':
      return below || contained
    case 'sa':
      return target.start >= value.end
    case 'eb':
      return target.end <= value.start
    case 'ap':
      return target.start < value.end + DAY && target.end > value.start - DAY
    default:
      return contained
  }
}

const dateQueries: fc.Arbitrary<Asked> = fc
  .tuple(
    fc.constantFrom('date', '_lastUpdated', 'creation', 'period', 'period-start', 'period-end'),
    fc.array(fc.tuple(fc.constantFrom(...prefixes), dateTexts), { minLength: 1, maxLength: 2 }),
  )
  .map(([name, values]) => dateQuery(name, values))

function dateQuery(name: string, values: readonly (readonly [prefix: string, text: string])[]): Asked {
  return {
    pair: [name, values.map((parts) => parts.join('')).join(',')],
    meets: (said) => {
      const target = said.dates[name]
      return values.some(([prefix, text]) => {
        const value = parseDate(text, parisTime)
        if (!value) throw new Error(`${text} is no date`)
        return target !== undefined && compares(prefix, target, value)
      })
    },
  }
}

const askedDates = ['date', 'creation', 'period-end'] as const
/** Of 150 documents some meet each prefix by one of these and others do not, but for less than one run in a million. */
const surelyMet = askedDates.flatMap((name) =>
  prefixes.flatMap((prefix) =>
    ['2026', '2026-01', '2026-03-01', '2026-04'].map((text) => dateQuery(name, [[prefix, text]])),
  ),
)

function idQueries(stored: readonly Stored[]): fc.Arbitrary<Asked> {
  const elsewhere = newUuid()
  return fc
    .array(
      fc.oneof(
        fc
          .constantFrom(...stored)
          .map(({ said }) => ({ text: formatResourceId({ patientKey, id: said.id }), id: said.id })),
        // The same own key under another record's is another id.
        fc
          .constantFrom(...stored)
          .map(({ said }) => ({ text: formatResourceId({ patientKey: elsewhere, id: said.id }), id: '' })),
        fc.constantFrom('1', 'no-such-id', encodeUuid(elsewhere)).map((text) => ({ text, id: '' })),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((ids) => ({
      pair: ['_id', ids.map(({ text }) => text).join(',')],
      meets: (said) => ids.some(({ id }) => id === said.id),
    }))
}

const defaults: readonly Asked[] = [
  { pair: ['status', 'current'], meets: (said) => said.tokens.status?.[0]?.code === 'current' },
  { pair: ['isArchived', 'false'], meets: (said) => said.tokens.isArchived?.[0]?.code === 'false' },
]

t.test('a search finds what the specification says, and the count agrees', async (t) => {
  await withDatabase(async (db) => {
    const stored = fc.sample(documents, 150)
    await store(
      db,
      stored.map(({ document }) => document),
    )
    // Another record with the same contents: it must never answer.
    const other = newUuid()
    await store(
      db,
      stored.map(({ document }) => ({ ...document, patientKey: other, id: newUuid(), binaryId: newUuid() })),
    )
    const found = new Map<string, number>()
    const missed = new Map<string, number>()
    const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)
    const query = fc.oneof(
      { weight: 4, arbitrary: tokenQueries },
      { weight: 4, arbitrary: dateQueries },
      flagQueries,
      idQueries(stored),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(query, { minLength: 1, maxLength: 2 }), async (asked) => {
        const given = new Set(asked.map(({ pair }) => pair[0].split(':')[0]))
        const all = [...asked, ...defaults.filter(({ pair }) => !given.has(pair[0]))]
        const search = understand(
          asked.map(({ pair }) => pair),
          1000,
        )
        const [page, total] = await Promise.all([
          searchDocuments(db, patientKey, everything, search, undefined),
          countDocuments(db, patientKey, everything, search),
        ])
        const expected = stored.filter(({ said }) => all.every(({ meets }) => meets(said)))
        for (const { pair, meets } of asked) {
          const prefix = /^[a-z]{2}(?=\d)/.exec(pair[1])?.[0] ?? ''
          for (const { said } of stored) count(meets(said) ? found : missed, `${pair[0]} ${prefix}`)
        }
        if (total !== page.entries.length) throw new Error(`${total} counted, ${page.entries.length} found`)
        const ids = page.entries.map(({ id }) => id).sort()
        if (
          ids.join() !==
          expected
            .map(({ said }) => said.id)
            .sort()
            .join()
        ) {
          throw new Error(`found ${ids.length}, expected ${expected.length}`)
        }
      }),
      { numRuns: 1200 + surelyMet.length, examples: surelyMet.map((asked) => [[asked]]) },
    )
    for (const name of [...codedParameters, ...codedParameters.map((code) => `${code}:not`), '_id'])
      t.ok(found.has(`${name} `) && missed.has(`${name} `), `${name}: found and not found`)
    for (const name of askedDates) {
      for (const prefix of prefixes)
        t.ok(
          found.has(`${name} ${prefix}`) && missed.has(`${name} ${prefix}`),
          `${name} ${prefix}: found and not`,
        )
    }
  })
})

/** All pages, one after the other; between two pages `between` may do what it likes. */
async function walk(
  db: Database,
  search: SearchExpression,
  between: () => Promise<void> = async () => {},
): Promise<{ ids: Uuid[]; sizes: number[] }> {
  const ids: Uuid[] = []
  const sizes: number[] = []
  let after: Position | undefined
  for (;;) {
    const [page, total] = await Promise.all([
      searchDocuments(db, patientKey, everything, search, after, true),
      countDocuments(db, patientKey, everything, search),
    ])
    if (page.total !== total) throw new Error(`${page.total} in all, ${total} counted`)
    sizes.push(page.entries.length)
    for (const { id } of page.entries) ids.push(id)
    if (!page.next) return { ids, sizes }
    after = page.next
    await between()
  }
}

const sorts = [
  ['date', (d: NewDocument) => d.date],
  ['_lastUpdated', (d: NewDocument) => d.lastUpdated],
] as const

t.test(
  'pages join to the whole: every size, both sorts and directions, ties, years at the edge',
  async (t) => {
    await withDatabase(async (db) => {
      const times = [
        base,
        base,
        base + 1,
        base + 2,
        Date.parse('0050-01-01T00:00:00Z'),
        Date.parse('9999-12-31T23:59:59.999Z') + 1,
        Date.parse('0001-01-01T00:00:00Z') - 1,
      ]
      const stored = Array.from({ length: 23 }, (_, i) =>
        documentWith({
          patientKey,
          date: times[i % times.length] ?? base,
          lastUpdated: times[(i * 3) % 5] ?? base,
        }),
      )
      await store(db, stored)
      for (const [parameter, value] of sorts) {
        const ascending = [...stored]
          .sort((a, b) => value(a) - value(b) || (a.id < b.id ? -1 : 1))
          .map(({ id }) => id)
        for (const descending of [true, false]) {
          const expected = descending ? [...ascending].reverse() : ascending
          for (let size = 1; size <= stored.length + 1; size++) {
            const search = understand([['_sort', descending ? `-${parameter}` : parameter]], size)
            const { ids, sizes } = await walk(db, search)
            if (ids.join() !== expected.join()) t.fail(`${parameter} by ${size}`)
            if (sizes.slice(0, -1).some((n) => n !== size)) t.fail(`${parameter} by ${size}: a page not full`)
            if (sizes.length !== Math.ceil(stored.length / size)) t.fail(`${sizes.length} pages of ${size}`)
          }
          t.pass(`${parameter} ${descending ? 'descending' : 'ascending'}`)
        }
      }
      const none = await searchDocuments(db, patientKey, everything, understand([], 0), undefined)
      t.same(none, { entries: [], next: undefined, total: undefined }, '_count=0 is no page')
      const counted = await searchDocuments(db, patientKey, everything, understand([], 0), undefined, true)
      t.equal(counted.total, stored.length, 'and has its total')
      const all = await searchDocuments(db, patientKey, everything, understand([], 1000), undefined)
      t.equal(all.total, undefined, 'nothing is counted that nobody asked for')
    })
  },
)

t.test('documents that arrive between pages neither hide nor repeat any that was there', async (t) => {
  await withDatabase(async (db) => {
    const there: NewDocument[] = Array.from({ length: 15 }, (_, i) =>
      documentWith({ patientKey, date: base + (i % 4) }),
    )
    await store(db, there)
    let arrived = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        fc.infiniteStream(fc.integer({ min: -2, max: 6 })),
        async (size, descending, offsets) => {
          const before = there.map(({ id }) => id)
          const { ids } = await walk(
            db,
            understand([['_sort', descending ? '-date' : 'date']], size),
            async () => {
              if (there.length > 120) return
              const document = documentWith({ patientKey, date: base + (offsets.next().value ?? 0) })
              there.push(document)
              arrived++
              await store(db, [document])
            },
          )
          return new Set(ids).size === ids.length && before.every((id) => ids.includes(id))
        },
      ),
      { numRuns: 25 },
    )
    t.ok(arrived > 30, 'not vacuous')
  })
})

// --- the plan ---

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: PlanNode[]
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

/** What `search` sends, without sending it. */
async function statementOf(work: (db: Runner) => Promise<unknown>): Promise<Sql> {
  const sent: Sql[] = []
  await work({
    run: async (statement) => {
      sent.push(statement)
      return []
    },
  })
  const [statement] = sent
  if (!statement) throw new Error('no statement was sent')
  return statement
}

/** The generic plan, which is the one the server uses: the text is prepared, the values come later. */
async function planOf(client: pg.Client, statement: Sql): Promise<PlanNode[]> {
  const { text, values } = compileSql(statement)
  const literals = values.map((value) =>
    pg.escapeLiteral(
      Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join(',')}}` : String(value),
    ),
  )
  await client.query(`set plan_cache_mode = force_generic_plan`)
  await client.query(`prepare search as ${text}`)
  try {
    const { rows } = await client.query(`explain (format json) execute search(${literals.join(', ')})`)
    return nodesOf(rows[0]['QUERY PLAN'][0].Plan)
  } finally {
    await client.query('deallocate search')
  }
}

t.test('the default search walks document_newest and sorts nothing', async (t) => {
  await withDatabase(async (_db, owner) => {
    await withOwner(owner, async (client) => {
      await client.query(
        `insert into document
          select p.key, gen_random_uuid(), 1, now(), 'current', 'http://loinc.org|11490-0', false, false, false, false,
            '{ps:810000000001}', '{}', '', '', '', '{}', '{}', '{}',
            timestamptz '2026-01-01' - make_interval(mins => n), null, null, null, null, null, null, null, null,
            gen_random_uuid(), 'text/plain', '', repeat('x', 500)
          from generate_series(1, 48000) n
          cross join lateral (select ('00000000-0000-7000-8000-' || lpad((n % 800)::text, 12, '0'))::uuid as key) p`,
      )
      await client.query(
        `insert into document
          select $1::uuid, gen_random_uuid(), 1, now(), 'current', 'http://loinc.org|11490-0', false, false, false, false,
            '{ps:810000000001}', '{}', '', '', '', '{}', '{}', '{}',
            timestamptz '2026-01-01' - make_interval(mins => n), null, null, null, null, null, null, null, null,
            gen_random_uuid(), 'text/plain', '', repeat('x', 500)
          from generate_series(1, 2000) n`,
        [patientKey],
      )
      await client.query('analyze document')
      const scope: DocumentScope = {
        ...everything,
        types: matrices.habilitation.readableTypes('10'),
        masked: 'own',
        self: ['ps:810000000001'],
      }
      const cases: readonly (readonly [string, [string, string][], Position | undefined])[] = [
        ['first page', [], undefined],
        ['next page', [], [base, newUuid()]],
        ['oldest first', [['_sort', 'date']], undefined],
        [
          'of a period',
          [
            ['date', 'ge2025-06'],
            ['date', 'lt2026'],
          ],
          undefined,
        ],
        ['of a type', [['type', 'http://loinc.org|11490-0']], undefined],
      ]
      for (const [what, pairs, after] of cases) {
        const search = understand(pairs, 20)
        const statement = await statementOf((db) => searchDocuments(db, patientKey, scope, search, after))
        const nodes = await planOf(client, statement)
        const scan = nodes.find((node) => node['Index Name'] === 'document_newest')
        const names = nodes.map((node) => node['Node Type']).join(' > ')
        t.equal(scan?.['Node Type'], 'Index Scan', `${what}: ${names}`)
        t.notOk(/Sort/.test(names), `${what}: sorts nothing`)
        t.match(scan?.['Index Cond'], /patient_key/, what)
        if (after)
          t.match(scan?.['Index Cond'], /ROW\(date, id\) </, `${what}: begins where the last one ended`)
        if (pairs[0]?.[0] === 'date')
          t.match(scan?.['Index Cond'], /date >= /, `${what}: reads no more than it`)
      }
    })
  })
})
