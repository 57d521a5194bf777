/** Generic search on real PostgreSQL against an evaluator that looks at every resource (docs/decisions/0008). */

import t from 'tap'
import { utc } from '../../src/fhir/date.ts'
import { NO_PATIENT, type Uuid } from '../../src/fhir/id.ts'
import type { Position } from '../../src/search/cursor.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import type { Criterion, SearchExpression } from '../../src/search/search-expression.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type Runner } from '../../src/storage/database.ts'
import { type Prices, usualPrices } from '../../src/storage/resource-search/prices.ts'
import { includeResources } from '../../src/storage/resources/include-resources.ts'
import { everything } from '../../src/storage/resources/reach.ts'
import { countResources, searchResources } from '../../src/storage/resources/search-resources.ts'
import { writeResources } from '../../src/storage/resources/write-resources.ts'
import { buildIndex } from '../../src/storage/search-index/build-index.ts'
import type { Sql } from '../../src/storage/sql.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { includes, NOW, type RandomSearch, searches, types, worlds } from '../support/random-resources.ts'
import { testRegistry } from '../support/registry.ts'
import { type Resource, SearchOracle } from '../support/search-oracle.ts'
import { newUuid } from '../support/stored-documents.ts'

const registry = testRegistry()
const extraction = buildExtraction(registry, { base: 'http://server/fhir', zone: utc }, types)
const index = buildIndex(registry, extraction)

function expression(search: RandomSearch): SearchExpression {
  const rest = {
    total: 'none',
    summary: 'false',
    elements: [],
    includes: [],
    understood: [],
    ignored: [],
  } as const
  return { ...search, ...rest }
}

async function store(db: Database, patientKey: Uuid, resources: readonly Resource[]): Promise<void> {
  const writes = resources.map((r) => ({
    ...r,
    patientKey,
    replaces: 0,
    method: 'POST' as const,
    body: JSON.stringify(r.resource),
  }))
  await db.transaction((tx) => writeResources(tx, writes, index))
}

async function remove(db: Database, patientKey: Uuid, resources: readonly Resource[]): Promise<void> {
  const writes = resources.map(({ type, id, lastUpdated }) => {
    const what = { patientKey, type, id, lastUpdated, replaces: 1, method: 'DELETE' as const, body: '' }
    return { ...what, resource: undefined }
  })
  await db.transaction((tx) => writeResources(tx, writes, index))
}

async function empty(database: TestDatabase): Promise<void> {
  await withOwner(database.owner, (client) =>
    client.query(
      'truncate resource, resource_version, search_range, search_string, search_reference, search_code',
    ),
  )
}

const name = ({ type, id }: { type: string; id: string }): string => `${type}/${id}`

async function allPages(
  db: Runner,
  key: Uuid,
  search: SearchExpression,
  prices: Prices = usualPrices,
): Promise<string[]> {
  const names: string[] = []
  let after: Position | undefined
  for (let page = 0; page < 100; page++) {
    const { entries, more } = await searchResources(db, key, search, after, everything, NOW, prices)
    names.push(...entries.map(name))
    if (!more) return names
    after = entries.at(-1)?.position
  }
  throw new Error('pages without end')
}

/** By the usual prices so little is always gathered; by these it is walked for, and read code by code or together. */
const prices: readonly Prices[] = [
  usualPrices,
  { ...usualPrices, gathered: 1e9, few: 0, code: 0, oneByOne: 1e9 },
  { ...usualPrices, gathered: 1e9, few: 0, code: 0, oneByOne: 0 },
]

/** Counts the ways that pages are found, by what is in their statements. */
class WaysTaken implements Runner {
  readonly counts = {
    gathered: 0,
    walkedById: 0,
    byReferences: 0,
    followed: 0,
    formsOfRows: 0,
    inPassing: 0,
    byCode: 0,
    codesTogether: 0,
  }
  readonly #db: Runner
  constructor(db: Runner) {
    this.#db = db
  }
  run<Row>(statement: Sql, planning?: 'generic' | 'custom'): Promise<Row[]> {
    const text = statement.strings.join('')
    if (text.includes('as gathered')) this.counts.gathered++
    else if (text.includes('offset 0) seen')) this.counts.byReferences++
    else if (text.startsWith('with m')) this.counts.followed++
    else if (text.includes('offset 0')) this.counts.walkedById++
    if (text.includes('x.signature')) this.counts.inPassing++
    if (text.includes('n (term, sorts, place)')) this.counts.codesTogether++
    else if (text.includes('search_code')) this.counts.byCode++
    if (text.includes('union all')) this.counts.formsOfRows++
    return this.#db.run<Row>(statement, planning)
  }
}

/** What a criterion is, for the count of what was tried. */
function traits(criterion: Criterion): string[] {
  switch (criterion.kind) {
    case 'date':
    case 'number':
    case 'quantity':
      return criterion.values.map(({ prefix }) => `${criterion.kind} ${prefix}`)
    case 'string':
    case 'uri':
      return [`${criterion.kind} ${criterion.match}`]
    case 'token':
      return [`token${criterion.not ? ' not' : ''}`]
    case 'missing':
      return [`missing ${criterion.missing}`]
    case 'composite':
      return [`composite ${criterion.parameter}`]
    case 'chain':
      return [
        'chain',
        ...criterion.targets.flatMap((target) => traits(target.criterion).map((x) => `chain to ${x}`)),
      ]
    case 'has':
      return ['has', ...traits(criterion.criterion).map((x) => `has ${x}`)]
    default:
      return [criterion.kind]
  }
}

t.test('a search finds what the specification says, in its order, page by page', async (t) => {
  await using database = await testDatabase()
  const db = openDatabase(database.server, (error) => t.fail(String(error)))
  const ways = new WaysTaken(db)
  let turn = 0
  const tried = new Map<string, { some: number; none: number }>()
  const note = (trait: string, found: number): void => {
    const count = tried.get(trait) ?? { some: 0, none: 0 }
    count[found > 0 ? 'some' : 'none']++
    tried.set(trait, count)
  }
  try {
    await fc.assert(
      fc.asyncProperty(
        worlds,
        worlds,
        fc.boolean(),
        fc.array(searches, { minLength: 120, maxLength: 120 }),
        async (world, other, inRecord, asked) => {
          await empty(database)
          const key = inRecord ? newUuid() : NO_PATIENT
          await store(db, key, world)
          await store(db, inRecord ? NO_PATIENT : newUuid(), other)
          const names = new Set(world.map(name))
          const gone = other.filter((resource) => !names.has(name(resource)))
          await store(db, key, gone)
          await remove(db, key, gone)
          const oracle = new SearchOracle(world, extraction, NOW)
          for (const search of asked) {
            const expected = oracle.search(search).map(name)
            const found = await allPages(ways, key, expression(search), prices[turn++ % prices.length])
            if (JSON.stringify(found) !== JSON.stringify(expected))
              throw new Error(
                `${JSON.stringify(search, (_k, v) => (v instanceof Map ? [...v] : v))}\n got ${found}\n not ${expected}`,
              )
            const count = await countResources(db, key, search, everything, NOW)
            if (count !== expected.length) throw new Error(`counted ${count}, not ${expected.length}`)
            // Where several are asked, only their finding something says that each of them did.
            if (count > 0 || search.criteria.length === 1)
              for (const trait of search.criteria.flatMap(traits)) note(trait, count)
            note(
              `sort by ${search.sort.map((s) => s.parameter)[0] ?? 'nothing'}`,
              count > search.count ? 1 : 0,
            )
          }
        },
      ),
      { numRuns: Number(process.env.ORACLE_RUNS ?? 14), endOnFailure: true },
    )
    const kinds = [...tried].filter(([trait]) => !/^(?:chain to|has) /.test(trait))
    t.comment(
      kinds
        .map(([trait, { some, none }]) => `${trait} ${some}/${none}`)
        .sort()
        .join(', '),
    )
    t.ok(kinds.length > 50, 'not vacuous: every kind was tried')
    t.comment(JSON.stringify(ways.counts))
    t.ok(
      Object.values(ways.counts).every((count) => count > 5),
      `not vacuous: every way to a page was taken, ${JSON.stringify(ways.counts)}`,
    )
    const vain = kinds.filter(([, { some }]) => some === 0).map(([trait]) => trait)
    t.ok(vain.length < kinds.length / 5, `not vacuous: nearly every kind found something, but ${vain}`)
  } finally {
    await db.close()
  }
})

t.test('what is deleted is found by nobody that still refers to it', async (t) => {
  await using database = await testDatabase()
  const db = openDatabase(database.server, (error) => t.fail(String(error)))
  const resource = (type: string, id: string, more: object = {}): Resource => {
    return { type, id, lastUpdated: NOW, resource: { resourceType: type, id, ...more } }
  }
  const patients = ['gone', 'here'].map((id) => resource('Patient', id, { birthDate: '2020-01-01' }))
  const observations = ['gone', 'here', 'never'].map((id) =>
    resource('Observation', id, {
      status: 'final',
      subject: { reference: `Patient/${id}` },
      valueString: 'a',
    }),
  )
  const final: Criterion = { kind: 'token', parameter: 'status', not: false, values: [{ code: 'final' }] }
  const text: Criterion = { kind: 'string', parameter: 'value-string', match: 'starts', values: ['a'] }
  try {
    await store(db, NO_PATIENT, [...patients, ...observations])
    await remove(db, NO_PATIENT, patients.slice(0, 1))
    for (const criterion of [final, text])
      for (const sort of [[], ['_id'], ['_lastUpdated'], ['birthdate'], ['family']]) {
        const has: Criterion = {
          kind: 'has',
          parameter: '_has',
          type: 'Observation',
          reference: 'subject',
          criterion,
        }
        const asked = expression({
          types: ['Patient'],
          criteria: [has],
          sort: sort.map((parameter) => ({ parameter, descending: false })),
          count: 5,
        })
        t.same(await allPages(db, NO_PATIENT, asked), ['Patient/here'], `${criterion.kind} by ${sort}`)
        t.equal(await countResources(db, NO_PATIENT, asked, everything, NOW), 1)
      }
  } finally {
    await db.close()
  }
})

t.test('includes bring what is linked, once, and nothing else', async (t) => {
  await using database = await testDatabase()
  const db = openDatabase(database.server, (error) => t.fail(String(error)))
  let brought = 0
  let iterated = 0
  try {
    await fc.assert(
      fc.asyncProperty(worlds, fc.array(includes, { minLength: 30, maxLength: 30 }), async (world, all) => {
        await empty(database)
        await store(db, NO_PATIENT, world)
        const oracle = new SearchOracle(world, extraction, NOW)
        for (const asked of all) {
          const matches = world
            .filter(({ type }) => type === asked[0]?.source || type === asked[0]?.target)
            .slice(0, 4)
          const places = matches.map(({ type, id }) => ({ patientKey: NO_PATIENT, type, id }))
          const { entries, truncated } = await includeResources(
            db,
            NO_PATIENT,
            places,
            asked,
            everything,
            1000,
          )
          const expected = new Set<Resource>()
          let from = matches
          let active = asked
          while (from.length > 0) {
            const reached = active.flatMap((include) => oracle.linked(from, include))
            from = [...new Set(reached)].filter((r) => !matches.includes(r) && !expected.has(r))
            for (const r of from) expected.add(r)
            active = asked.filter(({ iterate }) => iterate)
            if (from.length > 0 && active.length > 0 && active !== asked) iterated++
          }
          if (truncated) throw new Error('truncated')
          const got = entries.map(name).sort().join()
          const wanted = [...expected].map(name).sort().join()
          if (got !== wanted)
            throw new Error(`${JSON.stringify(asked)} of ${matches.map(name)}\n got ${got}\n not ${wanted}`)
          brought += entries.length
          if (expected.size > 1) {
            const cut = await includeResources(db, NO_PATIENT, places, asked, everything, expected.size - 1)
            if (!cut.truncated || cut.entries.length >= expected.size)
              throw new Error('the limit was not kept or not told')
          }
        }
      }),
      { numRuns: 6, endOnFailure: true },
    )
    t.ok(brought > 50 && iterated > 20, `not vacuous: ${brought} brought, ${iterated} further rounds`)
  } finally {
    await db.close()
  }
})
