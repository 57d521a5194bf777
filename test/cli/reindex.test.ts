/**
 * `dmp reindex` on real PostgreSQL: what has lost its index is found again, beside writers, in pieces. One run is a process,
 * which needs dist/: `npm test` builds it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../src/cli/command.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { reindexRecords } from '../../src/cli/reindex-record.ts'
import { utc } from '../../src/fhir/date.ts'
import { formatResourceId, NO_PATIENT } from '../../src/fhir/id.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { refuseUnsorted } from '../../src/storage/resource-search/unsorted-types.ts'
import { lockResources } from '../../src/storage/resources/lock-resources.ts'
import { everything } from '../../src/storage/resources/reach.ts'
import {
  countByType,
  type ReindexBatch,
  type Reindexed,
  reindexResources,
} from '../../src/storage/resources/reindex-resources.ts'
import { writeResources } from '../../src/storage/resources/write-resources.ts'
import { claimDatabase } from '../../src/storage/schema/claim-database.ts'
import { buildIndex } from '../../src/storage/search-index/build-index.ts'
import type { IndexEntries } from '../../src/storage/search-index/index-entries.ts'
import { sql } from '../../src/storage/sql.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { dmpHere } from '../support/dmp-here.ts'
import { testRegistry } from '../support/registry.ts'
import { type Run, runDmp } from '../support/run-dmp.ts'
import { documentWith, insertList, newUuid, store } from '../support/stored-documents.ts'

const registry = testRegistry()
const base = 'http://127.0.0.1:8080/fhir'
const index = buildIndex(registry, buildExtraction(registry, { base, zone: utc }, ['Patient', 'Observation']))
const place = (type: string, id: string) => ({ patientKey: NO_PATIENT, type, id })

async function put(db: Database, type: string, id: string, content: JsonObject): Promise<void> {
  await db.transaction(async (tx) => {
    const [current] = await lockResources(tx, [place(type, id)], everything)
    const resource = { resourceType: type, id, ...content }
    const body = JSON.stringify(resource)
    const replaces = current?.version ?? 0
    const write = {
      ...place(type, id),
      replaces,
      lastUpdated: Date.now(),
      method: 'PUT' as const,
      body,
      resource,
    }
    await writeResources(tx, [write], index)
  })
}

const named = (family: string): JsonObject => ({ name: [{ family }], birthDate: '1980-02-01' })
const idOf = (i: number): string => `p-${String(i).padStart(3, '0')}`

type Held = { readonly id: string; readonly terms: readonly string[]; readonly rows: number }

/** The whole index, as it lies there. */
async function held(db: Database): Promise<readonly Held[]> {
  return db.run(
    sql`select r.type || '/' || r.id as id, (select array_agg(u::text order by u) from unnest(r.terms) u) as terms,
        (select count(*) from search_range x where x.type = r.type and x.id = r.id) * 10000
        + (select count(*) from search_string x where x.type = r.type and x.id = r.id) * 100
        + (select count(*) from search_reference x where x.type = r.type and x.id = r.id) as rows
      from resource r order by r.type, r.id`,
  )
}

async function lose(test: TestDatabase, condition: string): Promise<void> {
  await withOwner(test.owner, async (client) => {
    await client.query(`update resource set terms = '{}' where ${condition}`)
    for (const table of ['search_range', 'search_string', 'search_reference'])
      await client.query(`delete from ${table} where ${condition}`)
  })
}

async function withDatabase(work: (db: Database, test: TestDatabase) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  await claimDatabase(test.owner, 'fhir')
  const db = openDatabase(test.server, () => undefined)
  try {
    await work(db, test)
  } finally {
    await db.close()
  }
}

async function fill(db: Database): Promise<void> {
  for (let i = 0; i < 30; i++) await put(db, 'Patient', idOf(i), named(`n${i}`))
  const subject = { reference: `${base}/Patient/${idOf(3)}` }
  await put(db, 'Observation', 'o', { status: 'final', code: { text: 'x' }, subject })
}

async function reindexAll(
  db: Database,
  type: string,
  limit: number,
): Promise<{ batches: number; count: number }> {
  let [batches, count] = [0, 0]
  for (let last: string | undefined = ''; last !== undefined; batches++) {
    const batch: ReindexBatch = { patientKey: NO_PATIENT, type, after: last, limit }
    const made: Reindexed = await db.transaction((tx) => reindexResources(tx, batch, index))
    count += made.count
    last = made.last
  }
  return { batches, count }
}

t.test('what lost its index has it again, and what has it keeps it', async (t) => {
  await withDatabase(async (db, test) => {
    await fill(db)
    const before = await held(db)
    t.ok(
      before.every(({ terms, rows }) => terms.length > 3 && rows > 0),
      'not vacuous',
    )
    await lose(test, `type = 'Patient' and id < 'p-020'`)
    t.notSame(await held(db), before)
    t.same(await countByType(db, NO_PATIENT), [
      { type: 'Observation', count: 1 },
      { type: 'Patient', count: 30 },
    ])
    t.same(await reindexAll(db, 'Patient', 7), { batches: 5, count: 30 })
    t.same(await held(db), before)
    const again = { patientKey: NO_PATIENT, type: 'Patient', after: '', limit: 100 }
    const second = await db.transaction((tx) => reindexResources(tx, again, index))
    t.match(second, { count: 30, changed: 0, refused: [], last: undefined }, 'a second time changes nothing')
  })
})

t.test('a resource of too many values is told of, and the others are done', async (t) => {
  await withDatabase(async (db) => {
    await fill(db)
    const tooMany = Array.from({ length: 11_000 }, (_, i) => ({ value: String(i) }))
    const narrow = (type: string, resource: JsonObject): IndexEntries =>
      index(type, resource.id === idOf(1) ? { ...resource, identifier: tooMany } : resource)
    const batch = { patientKey: NO_PATIENT, type: 'Patient', after: '', limit: 100 }
    const made = await db.transaction((tx) => reindexResources(tx, batch, narrow))
    t.match(made, { count: 30, refused: [idOf(1)], last: undefined })
  })
})

t.test('beside writers nothing of theirs is lost', async (t) => {
  await withDatabase(async (db) => {
    await fill(db)
    let rounds = 0
    let writing = true
    const reindexing = (async () => {
      for (; writing; rounds++) await reindexAll(db, 'Patient', 10)
    })()
    let updates = 0
    await Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let round = 0; round < 12; round++)
          for (let i = writer; i < 30; i += 4, updates++)
            await put(db, 'Patient', idOf(i), named(`r${round}`))
      }),
    )
    writing = false
    await reindexing
    t.ok(rounds > 3 && updates === 360, `not vacuous: ${rounds} rounds beside ${updates} updates`)
    const found = await held(db)
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => put(db, 'Patient', `fresh-${idOf(i)}`, named('r11'))),
    )
    const fresh = new Map((await held(db)).map((one) => [one.id, one]))
    for (const { id, terms, rows } of found.filter(({ id }) => id.startsWith('Patient/'))) {
      const wanted = fresh.get(id.replace('/', '/fresh-'))
      t.same({ terms, rows }, { terms: wanted?.terms, rows: wanted?.rows }, id)
    }
    const versions = await db.run<{ n: number }>(
      sql`select distinct r.version as n from resource r where r.id like 'p-%'`,
    )
    t.same(versions, [{ n: 13 }], 'a reindex is no version')
  })
})

t.test('progress: over and over on a terminal, now and then elsewhere', async (t) => {
  const said = (terminal: boolean): string => {
    let [now, text] = [0, '']
    const write = (more: string): void => {
      text += more
    }
    const progress = createProgress({ terminal, write, now: () => now })
    for (let i = 1; i <= 30; i++) {
      now += 1000
      progress.tell(`${i}`)
    }
    progress.end()
    return text
  }
  t.equal(said(false), '10\n20\n30\n')
  const line = '\r\u001b[K'
  t.ok(said(true).startsWith(`${line}1${line}2${line}`) && said(true).endsWith(`30${line}`))
})

function dmp(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  return dmpHere(['reindex', ...args], environment)
}

t.test('the command: all or one type, from a place on, and what it refuses', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'reindex-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  await withDatabase(async (db, test) => {
    await fill(db)
    const before = await held(db)
    const { host, port, user, password, database } = test.owner
    const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
    const environment = { DATABASE_URL: url, DMP_DATA_DIR: dataDir }
    await lose(test, 'true')
    const unsorted = `insert into search_unsorted (patient_key, type) values ('${NO_PATIENT}', 'Patient')`
    await withOwner(test.owner, (client) => client.query(unsorted))
    const refused = await refuseUnsorted(db, { patientKey: NO_PATIENT }, 'Patient').catch(
      (error: unknown) => error,
    )
    t.match(refused, { issues: [{ error: 'non-pris-en-charge' }] })
    await refuseUnsorted(db, { patientKey: NO_PATIENT }, 'Observation')
    const some = await dmp(
      ['--type', 'Patient', '--after', `Patient/${idOf(9)}`, '--batch', '6'],
      environment,
    )
    await refuseUnsorted(db, { patientKey: NO_PATIENT }, 'Patient')
    t.match(some, { code: 0, out: /^20 resources indexed anew, 20 with other terms\n$/, err: '' })
    t.equal((await held(db)).filter(({ rows }) => Number(rows) > 0).length, 20)
    t.match(await runDmp(['reindex'], { PATH: process.env.PATH, ...environment }), {
      code: 0,
      out: /^31 resources indexed anew, 11 with other terms\n$/,
      err: '',
    })
    t.same(await held(db), before)

    t.match(await dmp(['--help'], {}), { code: 0, out: /--after/ })
    for (const wrong of [['--type', 'Nothing'], ['--after', 'Patient'], ['--batch', '0'], ['--what'], ['x']])
      t.match(await dmp(wrong, environment), { code: 64, out: '', err: /^dmp reindex: / }, wrong.join(' '))
    await withOwner(test.owner, (client) => client.query(`update server_profile set profile = 'dmp'`))
    t.match(await dmp([], environment), {
      code: 0,
      out: /^0 documents and lists indexed anew\n$/,
      err: '',
    })
    t.same(await held(db), before, 'of no record: no terms are made for the profile dmp')
    for (const wrong of [
      ['--type', 'Patient'],
      ['--after', `Patient/${idOf(9)}`],
      ['--after', 'List/1'],
    ])
      t.match(
        await dmp(wrong, environment),
        { code: 64, out: '', err: /in a database of the profile dmp: DocumentReference, List/ },
        wrong.join(' '),
      )
    const body = { resourceType: 'DocumentReference', description: 'Lettre du docteur Martin' }
    await store(db, [documentWith({ patientKey: newUuid(), body: JSON.stringify(body) })])
    t.match(await dmp(['--type', 'DocumentReference'], environment), {
      code: 0,
      out: /^1 documents and lists indexed anew\n$/,
      err: '',
    })
    t.same(
      await db.run(sql`select 1 as found from document d where d.words @@ to_tsquery('simple', 'martin')`),
      [{ found: 1 }],
    )
  })
  await using empty = await testDatabase({ empty: true })
  const { host, port, user, password, database } = empty.owner
  const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
  t.match(await dmp([], { DATABASE_URL: url, DMP_DATA_DIR: dataDir }), { code: 78, err: /no tables yet/ })
  const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x', DMP_DATA_DIR: dataDir }
  t.match(await dmp([], nowhere), { code: 69, err: /cannot be reached \(ECONNREFUSED\)/ })
})

t.test(
  'documents and lists of a record are found again, in pieces, and what policy reads stays',
  async (t) => {
    await using test = await testDatabase()
    const db = openDatabase(test.server, (error) => t.fail(error.message))
    try {
      const records = [newUuid(), newUuid()]
      const ids: string[] = []
      for (const patientKey of records) {
        for (const family of ['Martin', 'Durand', 'Petit']) {
          const id = newUuid()
          const body = {
            resourceType: 'DocumentReference',
            contained: [{ resourceType: 'Practitioner', id: 'a', name: [{ family }] }],
            author: [{ reference: '#a' }],
            description: `Lettre du docteur ${family}`,
            content: [{ attachment: { contentType: 'text/xml' } }],
            context: { period: { start: '2026-01-01', end: '2026-01-02' } },
          }
          await store(db, [documentWith({ patientKey, id, masked: true, body: JSON.stringify(body) })])
          ids.push(formatResourceId({ patientKey, id }))
          const list = { patientKey, id: newUuid(), lastUpdated: 0 }
          const title = { resourceType: 'List', status: 'current', title: family }
          const index = { folder: false, status: '', archived: false, date: 0, documents: [id], folders: [] }
          await insertList(db, {
            ...list,
            body: JSON.stringify(title),
            index: { ...index, tokens: [], strings: [] },
          })
        }
      }
      const found = () =>
        db.run<{ n: number }>(sql`select (select count(*)::integer from document d
          where array_to_string(d.strings, ' ') like '%martin%'
            and d.words @@ to_tsquery('simple', 'martin') and d.period_from is not null and d.masked)
        + (select count(*)::integer from document_list l where l.status = 'current' and cardinality(l.strings) = 1
            and cardinality(l.documents) = 1) as n`)
      t.same(await found(), [{ n: 0 }])
      const said: string[] = []
      const io = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) }
      const stop = new AbortController()
      const work = {
        db,
        registry,
        base,
        io,
        progress: createProgress({ terminal: false, write: () => undefined, now: () => 0 }),
        stop: stop.signal,
      }
      const plan = { types: new Set<string>(), after: undefined, batch: 2 }
      await t.rejects(reindexRecords({ ...work, plan: { ...plan, types: new Set(['Patient']) } }))
      stop.abort()
      t.equal(await reindexRecords({ ...work, plan }), exitCodes.stopped)
      const [, type = '', id = ''] = /--after (\w+)\/(\S+)/.exec(said[0] ?? '') ?? []
      t.ok(ids.includes(id), 'tells where to go on')
      const going = { ...work, stop: new AbortController().signal }
      t.equal(await reindexRecords({ ...going, plan: { ...plan, after: { type, id } } }), exitCodes.ok)
      t.equal(said[1], '10 documents and lists indexed anew')
      t.equal(await reindexRecords({ ...going, plan }), exitCodes.ok)
      t.equal(said[2], '12 documents and lists indexed anew')
      t.same(await found(), [{ n: 2 + 6 }])
    } finally {
      await db.close()
    }
  },
)
