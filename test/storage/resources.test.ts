/** Generic resources on real PostgreSQL: versions, histories, locks, pages while the world changes, what is out of reach. */

import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { utc } from '../../src/fhir/date.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { NO_PATIENT } from '../../src/fhir/id.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import type { Position } from '../../src/search/cursor.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import type { Criterion, SearchExpression } from '../../src/search/search-expression.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type Transaction } from '../../src/storage/database.ts'
import { includeResources } from '../../src/storage/resources/include-resources.ts'
import { lockNames, MAX_NAMES } from '../../src/storage/resources/lock-names.ts'
import { lockResources } from '../../src/storage/resources/lock-resources.ts'
import { everything, type Reach } from '../../src/storage/resources/reach.ts'
import { countHistory, type HistoryQuery, readHistory } from '../../src/storage/resources/read-history.ts'
import {
  readResource,
  readResources,
  readResourceVersion,
} from '../../src/storage/resources/read-resources.ts'
import { countResources, searchResources } from '../../src/storage/resources/search-resources.ts'
import type { ResourceWrite, StoredResource } from '../../src/storage/resources/stored-resource.ts'
import { writeResources } from '../../src/storage/resources/write-resources.ts'
import { migrate } from '../../src/storage/schema/migrate.ts'
import { loadMigrations } from '../../src/storage/schema/migrations.ts'
import { serverPrivileges } from '../../src/storage/schema/roles.ts'
import { buildIndex } from '../../src/storage/search-index/build-index.ts'
import { endOf } from '../../src/storage/search-index/range-end.ts'
import { sql } from '../../src/storage/sql.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'
import { newUuid } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

const types = ['Patient', 'Observation', 'Organization']
const registry = testRegistry()
const index = buildIndex(
  registry,
  buildExtraction(registry, { base: 'http://server/fhir', zone: utc }, types),
)
const T0 = Date.parse('2026-11-22T10:00:00Z')

function put(type: string, id: string, body: JsonObject, replaces = 0, lastUpdated = T0): ResourceWrite {
  const resource = { resourceType: type, id, ...body }
  const place = { patientKey: NO_PATIENT, type, id }
  return {
    ...place,
    replaces,
    lastUpdated,
    method: replaces ? 'PUT' : 'POST',
    body: JSON.stringify(resource),
    resource,
  }
}
function deletion(type: string, id: string, replaces: number, lastUpdated = T0): ResourceWrite {
  return {
    patientKey: NO_PATIENT,
    type,
    id,
    replaces,
    lastUpdated,
    method: 'DELETE',
    body: '',
    resource: undefined,
  }
}
const place = (type: string, id: string) => ({ patientKey: NO_PATIENT, type, id })
const write = (db: Database, ...writes: ResourceWrite[]): Promise<void> =>
  db.transaction((tx) => writeResources(tx, writes, index))

async function attempt(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof FhirError ? error.issues[0].error : String(error)),
  )
}

function asked(type: string, criteria: Criterion[], given: Partial<SearchExpression> = {}): SearchExpression {
  const nothing = { elements: [], includes: [], understood: [], ignored: [] }
  return {
    types: [type],
    criteria,
    sort: [],
    count: 10,
    total: 'none',
    summary: 'false',
    ...nothing,
    ...given,
  }
}
const code = (parameter: string, value: string): Criterion => ({
  kind: 'token',
  parameter,
  not: false,
  values: [{ code: value }],
})
const ids = async (db: Database, search: SearchExpression, reach = everything): Promise<string[]> =>
  (await searchResources(db, NO_PATIENT, search, undefined, reach)).entries.map(({ id }) => id)

async function withDatabase(
  t: { fail(message: string): unknown },
  work: (db: Database) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase()
  const db = openDatabase(database.server, (error) => t.fail(String(error)))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

t.test(
  'a version is written in the place of the one that was read, and what it replaces is kept',
  async (t) => {
    await withDatabase(t, async (db) => {
      await write(db, put('Patient', 'a', { gender: 'male' }), put('Patient', 'b', { gender: 'male' }))
      await write(
        db,
        put('Patient', 'a', { gender: 'female' }, 1, T0 + 1),
        put('Patient', 'c', { gender: 'female' }),
      )
      t.same(await ids(db, asked('Patient', [code('gender', 'female')])), ['a', 'c'])
      t.same(await ids(db, asked('Patient', [code('gender', 'male')])), ['b'], 'found no more by what it was')
      t.match(await readResource(db, place('Patient', 'a'), everything), {
        version: 2,
        method: 'PUT',
        lastUpdated: T0 + 1,
      })
      t.match(await readResourceVersion(db, place('Patient', 'a'), 1, everything), {
        version: 1,
        method: 'POST',
      })
      t.equal(await readResourceVersion(db, place('Patient', 'a'), 3, everything), undefined)
      t.equal(await readResource(db, place('Patient', 'x'), everything), undefined)

      t.equal(
        await attempt(write(db, put('Patient', 'a', {}, 1))),
        'conflit-concurrent',
        'a version of the past',
      )
      t.equal(
        await attempt(write(db, put('Patient', 'a', {}))),
        'conflit-concurrent',
        'new, and there already',
      )
      t.equal(
        await attempt(write(db, put('Patient', 'x', {}, 1))),
        'conflit-concurrent',
        'nothing to replace',
      )
      const half = attempt(write(db, put('Patient', 'd', {}), put('Patient', 'a', {}, 1)))
      t.equal(await half, 'conflit-concurrent')
      t.equal(await readResource(db, place('Patient', 'd'), everything), undefined, 'all or nothing')
      t.match(await attempt(write(db, put('Patient', 'e', {}), put('Patient', 'e', {}))), /twice/)

      await write(db, deletion('Patient', 'a', 2, T0 + 2))
      t.match(await readResource(db, place('Patient', 'a'), everything), {
        version: 3,
        method: 'DELETE',
        body: '',
      })
      t.same(await ids(db, asked('Patient', [])), ['b', 'c'], 'a deleted one is not found')
      t.same(await ids(db, asked('Patient', [{ kind: 'missing', parameter: 'name', missing: true }])), [
        'b',
        'c',
      ])
      await write(db, put('Patient', 'a', { gender: 'other' }, 3, T0 + 3))
      t.same(await ids(db, asked('Patient', [code('gender', 'other')])), ['a'], 'and again once it is back')
      const both = [
        place('Patient', 'b'),
        place('Patient', 'x'),
        place('Patient', 'a'),
        place('Patient', 'b'),
      ]
      t.same(
        (await readResources(db, both, everything)).map(({ id }) => id),
        ['b', 'a'],
      )
    })
  },
)

t.test('of parallel updates of one version one wins; of parallel creations too', async (t) => {
  await withDatabase(t, async (db) => {
    await write(db, put('Patient', 'a', { name: [{ family: 'first' }] }))
    for (let version = 1; version <= 3; version++) {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          attempt(write(db, put('Patient', 'a', { name: [{ family: `by ${i}` }] }, version, T0 + version))),
        ),
      )
      t.same(results.filter((result) => result === 'done').length, 1, results.join())
      t.same(new Set(results), new Set(['done', 'conflit-concurrent']))
    }
    const created = await Promise.all(
      Array.from({ length: 8 }, () =>
        attempt(write(db, put('Patient', 'n', { name: [{ family: 'same' }] }))),
      ),
    )
    t.same(created.sort(), [
      'conflit-concurrent',
      'conflit-concurrent',
      'conflit-concurrent',
      'conflit-concurrent',
      'conflit-concurrent',
      'conflit-concurrent',
      'conflit-concurrent',
      'done',
    ])
    const { versions } = await readHistory(
      db,
      { patientKey: NO_PATIENT, type: 'Patient', id: 'a', limit: 10 },
      everything,
    )
    t.same(
      versions.map(({ version }) => version),
      [4, 3, 2, 1],
    )
    const rows = await db.run<{ n: number }>(
      sql`select count(*)::integer as n from search_string where id = 'a'`,
    )
    t.same(rows, [{ n: 2 }], 'index rows are those of the last version: its family, and its name')
  })
})

t.test(
  'names are locked until the end, in one order: conditional creations are not doubled, nobody deadlocks',
  async (t) => {
    await withDatabase(t, async (db) => {
      const identifier = [{ system: 'urn:x', value: '1' }]
      const create = (i: number): Promise<string> =>
        db.transaction(async (tx) => {
          await lockNames(tx, ['Patient?identifier=urn:x|1'])
          const { entries } = await searchResources(
            tx,
            NO_PATIENT,
            asked('Patient', [code('identifier', '1')]),
            undefined,
            everything,
          )
          if (entries.length > 0) return 'found'
          await writeResources(tx, [put('Patient', `p${i}`, { identifier })], index)
          return 'created'
        })
      const results = await Promise.all(Array.from({ length: 12 }, (_, i) => create(i)))
      t.same(results.filter((result) => result === 'created').length, 1, results.join())
      const names = Array.from({ length: 6 }, (_, i) => `Patient/${i}`)
      const shuffled = fc.sample(fc.shuffledSubarray(names, { minLength: 3 }), 60)
      await Promise.all(
        shuffled.map((some) =>
          db.transaction(async (tx) => {
            await lockNames(tx, [...some, ...some])
            await tx.run(sql`select pg_sleep(0.002)`)
          }),
        ),
      )
      t.pass('all of them came through')
      await db.transaction((tx) => lockNames(tx, []))
    })
  },
)

t.test(
  'many names share one lock with everybody: they exclude each other, and few of them nobody',
  async (t) => {
    await withDatabase(t, async (db) => {
      const many = Array.from({ length: MAX_NAMES + 1 }, (_, i) => `many ${i}`)
      const events: string[] = []
      const hold = (
        who: string,
        names: readonly string[],
        together = async (tx: Transaction): Promise<unknown> => tx.run(sql`select pg_sleep(0.05)`),
      ): Promise<void> =>
        db.transaction(async (tx) => {
          await lockNames(tx, names)
          const [locks] = await tx.run<{ n: number }>(
            sql`select count(*)::integer as n from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'`,
          )
          t.ok((locks?.n ?? 0) <= MAX_NAMES + 1, `${who} holds ${locks?.n}`)
          events.push(`${who} in`)
          await together(tx)
          events.push(`${who} out`)
        })
      await Promise.all([hold('a', many), hold('b', [...many].reverse())])
      t.match(events.join(), /^(.) in,\1 out,(.) in,\2 out$/, 'many and many')
      events.length = 0
      await Promise.all([hold('a', many), hold('b', ['many 7'])])
      t.match(events.join(), /^(.) in,\1 out,(.) in,\2 out$/, 'many and one of them')
      events.length = 0
      const bothAreIn = () => until('one and another at once', () => events.length >= 2)
      await Promise.all([hold('a', ['many 7'], bothAreIn), hold('b', ['many 8'], bothAreIn)])
      t.match(events.join(), /^. in,. in,/, 'one and another')
    })
  },
)

t.test('four transactions at once write ten thousand resources each, half of them the same', async (t) => {
  await withDatabase(t, async (db) => {
    const idsOf = (writer: number): string[] =>
      fc
        .sample(
          fc.shuffledSubarray(
            Array.from({ length: 10_000 }, (_, i) => i),
            { minLength: 10_000 },
          ),
          1,
        )
        .flat()
        .map((i) => (i % 2 ? `shared-${i}` : `of-${writer}-${i}`))
    const putAll = (ids: readonly string[]): Promise<void> =>
      db.transaction(async (tx) => {
        const current = await lockResources(
          tx,
          ids.map((id) => place('Organization', id)),
          everything,
        )
        const version = new Map(current.map((resource) => [resource.id, resource.version]))
        await writeResources(
          tx,
          ids.map((id) => put('Organization', id, {}, version.get(id) ?? 0)),
          index,
        )
      })
    await putAll(Array.from({ length: 5_000 }, (_, i) => `shared-${2 * i + 1}`))
    const results = await Promise.all([1, 2, 3, 4].map((writer) => attempt(putAll(idsOf(writer)))))
    t.same(results, ['done', 'done', 'done', 'done'])
    const rows = await db.run<{ version: number; n: number }>(
      sql`select r.version, count(*)::integer as n from resource r group by r.version order by r.version`,
    )
    t.same(rows, [
      { version: 1, n: 20_000 },
      { version: 5, n: 5_000 },
    ])
  })
})

t.test('a plan made while the tables were empty serves full ones that were never analysed', async (t) => {
  await withDatabase(t, async (db) => {
    const update = (id: string, version: number): Promise<number> =>
      db.transaction(async (tx) => {
        await lockResources(tx, [place('Patient', id)], everything)
        await readResources(tx, [place('Patient', id)], everything)
        await writeResources(tx, [put('Patient', id, { birthDate: '1980-02-01' }, version)], index)
        const [seen] = await tx.run<{ n: number }>(
          sql`select sum(s.seq_tup_read + s.idx_tup_fetch)::integer as n from pg_stat_xact_user_tables s
            where s.relname in ('resource', 'search_range', 'search_string', 'search_reference')`,
        )
        return seen?.n ?? -1
      })
    await write(db, put('Patient', 'a', { birthDate: '1980-01-01' }))
    // So many at once that every connection of the pool has made its plans.
    const first = await Promise.all(
      Array.from({ length: 8 }, (_, i) => attempt(update(i === 0 ? 'a' : `b${i}`, i === 0 ? 1 : 0))),
    )
    t.same(new Set(first), new Set(['done']))
    const many = Array.from({ length: 5_000 }, (_, i) => put('Patient', `n${i}`, { birthDate: '1980-01-01' }))
    await write(db, ...many)
    const analyzed = await db.run<{ n: number }>(
      sql`select count(*)::integer as n from pg_class c where c.relname = 'resource' and c.reltuples >= 0`,
    )
    t.same(analyzed, [{ n: 0 }], 'not vacuous: nobody has analysed it')
    const seen = await Promise.all(Array.from({ length: 8 }, (_, i) => update(`n${i}`, 1)))
    t.ok(Math.min(...seen) > 0 && Math.max(...seen) < 100, `rows that were looked at: ${seen}`)
  })
})

type Event = { readonly id: string; readonly at: number; readonly gone: boolean }

t.test('histories: all levels, newest first, page by page, since and at', async (t) => {
  await withDatabase(t, async (db) => {
    let seen = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            id: fc.constantFrom('a', 'b', 'C'),
            type: fc.constantFrom('Patient', 'Organization'),
            step: fc.nat(2),
            gone: fc.boolean(),
          }),
          { minLength: 5, maxLength: 25 },
        ),
        fc.nat(30),
        fc.integer({ min: 1, max: 4 }),
        async (events, from, limit) => {
          const patientKey = newUuid()
          const versions: (Event & { type: string; version: number })[] = []
          let at = T0
          for (const { id, type, step, gone } of events) {
            at += step
            const version = versions.filter((v) => v.id === id && v.type === type).length + 1
            versions.push({ id, type, at, gone, version })
            const made =
              gone && version > 1 ? deletion(type, id, version - 1, at) : put(type, id, {}, version - 1, at)
            await write(db, { ...made, patientKey })
          }
          const order = (v: (typeof versions)[number]): string =>
            `${v.at} ${v.type} ${v.id} ${String(v.version).padStart(3, '0')}`
          const newest = [...versions].sort((a, b) => (order(a) < order(b) ? 1 : -1))
          const start = T0 + from
          const currentIn = (v: (typeof versions)[number]): boolean => {
            const next = versions.find(
              (n) => n.id === v.id && n.type === v.type && n.version === v.version + 1,
            )
            return v.at < start + 2 && (!next || next.at > start)
          }
          const queries: [Partial<HistoryQuery>, (v: (typeof versions)[number]) => boolean][] = [
            [{}, () => true],
            [{ type: 'Patient' }, (v) => v.type === 'Patient'],
            [{ type: 'Patient', id: 'a' }, (v) => v.type === 'Patient' && v.id === 'a'],
            [{ since: start }, (v) => v.at >= start],
            [{ at: { start, end: start + 2 } }, currentIn],
          ]
          for (const [query, keep] of queries) {
            const all: StoredResource[] = []
            for (let more = true; more; ) {
              const last = all.at(-1)
              const page = await readHistory(
                db,
                { patientKey, limit, ...query, ...(last ? { before: last } : {}) },
                everything,
              )
              all.push(...page.versions)
              more = page.more
            }
            const text = (v: { type: string; id: string; version: number }): string =>
              `${v.type}/${v.id}/${v.version}`
            const expected = newest.filter(keep).map(text).join()
            if (all.map(text).join() !== expected)
              throw new Error(`${JSON.stringify(query)} got ${all.map(text)}\n not ${expected}`)
            const count = await countHistory(db, { patientKey, ...query }, everything)
            if (count !== all.length) throw new Error(`counted ${count} of ${all.length}`)
            seen += all.length
          }
        },
      ),
      { numRuns: 25 },
    )
    t.ok(seen > 500, `not vacuous: ${seen} versions`)
  })
})

t.test('pages while others write: no double, and nothing that stayed is missing', async (t) => {
  await withDatabase(t, async (db) => {
    let pages = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('none', 'date', '-date', 'family', '_lastUpdated'),
        fc.array(fc.tuple(fc.nat(60), fc.boolean()), { maxLength: 40 }),
        async (key, changes) => {
          const type = key.endsWith('date') ? 'Observation' : 'Patient'
          const prefix = newUuid()
          const body = (n: number): JsonObject => ({
            ...(type === 'Observation'
              ? {
                  code: { text: prefix, coding: [{ code: prefix }] },
                  ...(n % 5 ? { effectiveDateTime: `20${10 + (n % 10)}-01-01` } : {}),
                }
              : {
                  identifier: [{ value: prefix }],
                  ...(n % 5 ? { name: [{ family: `n${n % 7}`, given: ['x'] }] } : {}),
                }),
          })
          const sort =
            key === 'none'
              ? []
              : [
                  {
                    parameter: key.replace('-', ''),
                    descending: key.startsWith('-'),
                    ...(key === 'family' ? { text: true as const } : {}),
                  },
                ]
          const search = asked(type, [code(type === 'Patient' ? 'identifier' : 'code', prefix)], {
            sort,
            count: 4,
          })
          const idOf = (n: number): string => `${prefix}-${n}`
          await write(
            db,
            ...Array.from({ length: 30 }, (_, n) => put(type, idOf(2 * n), body(n), 0, T0 + (n % 4))),
          )
          const touched = new Set<string>()
          const found: string[] = []
          let after: Position | undefined
          for (let more = true; more; pages++) {
            const page = await searchResources(db, NO_PATIENT, search, after, everything)
            found.push(...page.entries.map(({ id }) => id))
            after = page.entries.at(-1)?.position
            more = page.more
            const [n, gone] = changes[pages % (changes.length || 1)] ?? [0, false]
            const id = idOf(gone ? 2 * (n % 30) : 2 * n + 1)
            if (touched.has(id)) continue
            touched.add(id)
            await write(db, gone ? deletion(type, id, 1) : put(type, id, body(n), 0, T0 + 2))
          }
          if (new Set(found).size !== found.length) throw new Error(`a double: ${found}`)
          const stayed = Array.from({ length: 30 }, (_, n) => idOf(2 * n)).filter((id) => !touched.has(id))
          const missing = stayed.filter((id) => !found.includes(id))
          if (missing.length > 0) throw new Error(`missing: ${missing}`)
        },
      ),
      { numRuns: 25 },
    )
    t.ok(pages > 100, `not vacuous: ${pages} pages`)
  })
})

t.test(
  'what is out of reach is out of every answer: read, version, history, search, chain, _has, include, count',
  async (t) => {
    await withDatabase(t, async (db) => {
      const reach: Reach = { condition: (alias) => sql`${alias}.id <> ${'secret'}::text` }
      const secret = put('Patient', 'secret', { name: [{ family: 'hidden' }] })
      const about = put('Observation', 'o', { subject: { reference: 'Patient/secret' }, code: { text: 'x' } })
      const owner = put('Organization', 'secret', {})
      const member = put('Patient', 'p', { managingOrganization: { reference: 'Organization/secret' } })
      await write(db, secret, about, owner, member)
      await write(db, put('Patient', 'secret', { name: [{ family: 'hidden' }] }, 1))
      await write(
        db,
        put('Observation', 'secret', {
          subject: { reference: 'Patient/p' },
          status: 'final',
          code: { text: 'x' },
        }),
      )
      const family: Criterion = { kind: 'string', parameter: 'family', match: 'starts', values: ['hidden'] }
      const chain: Criterion = {
        kind: 'chain',
        parameter: 'subject',
        targets: [{ type: 'Patient', criterion: family }],
      }
      const has: Criterion = {
        kind: 'has',
        parameter: '_has',
        type: 'Observation',
        reference: 'subject',
        criterion: code('status', 'final'),
      }
      const include = [
        { reverse: false, iterate: false, source: 'Patient', parameter: 'organization' },
        { reverse: true, iterate: false, source: 'Observation', parameter: 'subject' },
      ]
      const answers = async (by: Reach): Promise<unknown[]> => [
        (await readResource(db, place('Patient', 'secret'), by))?.id,
        (await readResourceVersion(db, place('Patient', 'secret'), 1, by))?.id,
        (await readHistory(db, { patientKey: NO_PATIENT, type: 'Patient', id: 'secret', limit: 9 }, by))
          .versions.length,
        await countHistory(db, { patientKey: NO_PATIENT, type: 'Patient', id: 'secret' }, by),
        (await readResources(db, [place('Patient', 'secret')], by)).length,
        await ids(db, asked('Patient', [family]), by),
        await ids(db, asked('Observation', [chain]), by),
        await ids(db, asked('Patient', [has]), by),
        await countResources(db, NO_PATIENT, asked('Patient', []), by),
        (await includeResources(db, NO_PATIENT, [place('Patient', 'p')], include, by, 9)).entries.map(
          ({ type, id }) => `${type}/${id}`,
        ),
      ]
      t.same(await answers(everything), [
        'secret',
        'secret',
        2,
        2,
        1,
        ['secret'],
        ['o'],
        ['p'],
        2,
        ['Organization/secret', 'Observation/secret'],
      ])
      t.same(await answers(reach), [undefined, undefined, 0, 0, 0, [], [], [], 1, []])
    })
  },
)

t.test(
  'a search that takes too long is refused as too costly; one in a transaction is planned for its values',
  async (t) => {
    await using database = await testDatabase()
    const db = openDatabase({ ...database.server, statementTimeoutMs: 2_000 }, (error) =>
      t.fail(String(error)),
    )
    try {
      await write(db, put('Patient', 'a', {}))
      const slow: Reach = { condition: () => sql`pg_sleep(60) is not null` }
      t.equal(
        await attempt(searchResources(db, NO_PATIENT, asked('Patient', []), undefined, slow)),
        'recherche-trop-couteuse',
      )
      t.equal(
        await attempt(db.transaction((tx) => countResources(tx, NO_PATIENT, asked('Patient', []), slow))),
        'recherche-trop-couteuse',
      )
      t.same(await ids(db, asked('Patient', [])), ['a'], 'the connections serve others')
      const shown = await db.transaction(async (tx) => [
        await tx.run(sql`select current_setting('plan_cache_mode') as mode`, 'custom'),
        await tx.run(sql`select current_setting('plan_cache_mode') as mode`),
      ])
      t.same(shown, [[{ mode: 'force_custom_plan' }], [{ mode: 'force_generic_plan' }]])
      t.same(await db.run(sql`select current_setting('enable_seqscan') as scan`, 'custom'), [{ scan: 'off' }])
    } finally {
      await db.close()
    }
  },
)

t.test('a position of another search is refused', async (t) => {
  await withDatabase(t, async (db) => {
    const search = asked('Patient', [])
    t.equal(
      await attempt(searchResources(db, NO_PATIENT, search, ['a', 'b'], everything)),
      'curseur-invalide',
    )
    t.same(await searchResources(db, NO_PATIENT, { ...search, count: 0 }, undefined, everything), {
      entries: [],
      more: false,
    })
  })
})

t.test(
  'a resource of too many values is refused before it costs much; hostile texts are stored',
  async (t) => {
    const coding = (n: number) => Array.from({ length: n }, (_, i) => ({ system: `urn:${i}`, code: `${i}` }))
    const before = process.cpuUsage()
    const many = { code: { coding: coding(500) }, valueCodeableConcept: { coding: coding(500) } }
    const refused = attempt((async () => index('Observation', { resourceType: 'Observation', ...many }))())
    t.equal(await refused, 'trop-long')
    const { user, system } = process.cpuUsage(before)
    t.ok(user + system < 2_000_000, `${user + system} µs of processor`)
    await withDatabase(t, async (db) => {
      const texts = ['\0', '\ud800', 'x'.repeat(100_000), "'; drop table resource; --", '{"NULL"}', '\\', '']
      const body = {
        name: texts.map((family) => ({ family })),
        identifier: texts.map((value) => ({ value, system: value })),
      }
      await write(
        db,
        put('Patient', 'a', body),
        put('Observation', 'b', { subject: { reference: `http://x/${'y'.repeat(5000)}` } }),
      )
      t.same(await ids(db, asked('Patient', [code('identifier', '{"NULL"}')])), ['a'])
      t.same(await ids(db, asked('Patient', [code('identifier', '\\')])), ['a'])
    })
  },
)

t.test('ends of ranges sort as their numbers do', (t) => {
  const double = fc.double({ noNaN: true })
  fc.assert(
    fc.property(double, double, (a, b) => {
      const [x, y] = [endOf(undefined, a), endOf(undefined, b)]
      return a === b ? x === y : a < b === x < y
    }),
    { numRuns: 1000 },
  )
  const ordered = [-Infinity, -1e300, -1, -5e-324, 0, 5e-324, 1, 1e300, Infinity].map((n) =>
    endOf(undefined, n),
  )
  t.same([...ordered].sort(), ordered)
  t.equal(endOf(undefined, -0), endOf(undefined, 0))
  t.end()
})

t.test('resources written before migration 0002 are there after it, and their versions', async (t) => {
  await using database = await testDatabase({ empty: true })
  const all = loadMigrations(assetPath('migrations'))
  const [first, ...others] = all
  if (!first) throw new Error('no migration')
  const later = Object.keys(serverPrivileges).find(
    (table) => table !== 'schema_migration' && !first.sql.includes(`create table ${table} (`),
  )
  if (later === undefined) throw new Error('no table came later')
  await t.rejects(
    migrate(database.owner, [first]),
    new RegExp(`relation "${later}" does not exist`),
    'roles know tables that come later',
  )
  const key = newUuid()
  const id = newUuid()
  // No numeric of PostgreSQL holds this decimal.
  const body = '{"resourceType":"List","status":"current","extension":[{"url":"a","valueDecimal":1e200000}]}'
  await withOwner(database.owner, async (client) => {
    const at = (n: number): string => new Date(T0 + n).toISOString()
    const insert = (table: string, version: number, n: number) =>
      client.query(
        `insert into ${table} (patient_key, type, id, version, last_updated, body) values ($1, 'List', $2, $3, $4, $5)`,
        [key, id, version, at(n), body],
      )
    await insert('resource_version', 1, 0)
    await insert('resource_version', 2, 5)
    await insert('resource', 3, 9)
  })
  t.equal((await migrate(database.owner, all)).length, others.length)
  const db = openDatabase(database.server, (error) => t.fail(String(error)))
  try {
    const { versions } = await readHistory(db, { patientKey: key, type: 'List', id, limit: 9 }, everything)
    t.match(versions, [
      { version: 3, method: 'PUT' },
      { version: 2, method: 'PUT' },
      { version: 1, method: 'POST' },
    ])
    const then = { patientKey: key, limit: 9, at: { start: T0 + 6, end: T0 + 7 } }
    t.same(
      (await readHistory(db, then, everything)).versions.map(({ version }) => version),
      [2],
    )
  } finally {
    await db.close()
  }
})
