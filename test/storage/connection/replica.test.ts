/**
 * DATABASE_READ_URL with a replica that really follows by streaming, and whose replay is stopped at will: no reader ever gets
 * what was true before a write that was answered, neither documents nor the patient's choices; the replica answers whenever it
 * may; without it the server goes on.
 * @see docs/decisions/0020
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import type { ReplicaLoad } from '../../../src/storage/connection/read-side.ts'
import { openDatabase } from '../../../src/storage/database.ts'
import { sql } from '../../../src/storage/sql.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { label } from '../../support/builders.ts'
import { SERVER_VARIABLE, testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'
import { resourceOf, verdict } from '../../support/http-client.ts'
import { gp, knownIns, otherGp } from '../../support/personas.ts'
import { openTestRecord, type TestRecord } from '../../support/record.ts'
import {
  baseBackup,
  type StreamingPostgres,
  startPrimary,
  startReplica,
  urlOf,
  type Workplace,
  workplace,
} from '../../support/streaming-postgres.ts'
import { makeTemplate } from '../../support/template-database.ts'

t.setTimeout(300_000)

const jsonPatch = { 'content-type': 'application/json-patch+json' }
let place: Workplace
let primary: StreamingPostgres
let replica: StreamingPostgres

t.before(async () => {
  place = await workplace()
  primary = await startPrimary(place)
  replica = await startReplica(place, primary, await baseBackup(place, primary, 'replica'))
  process.env[SERVER_VARIABLE] = JSON.stringify(await makeTemplate(primary.address))
})
t.teardown(async () => {
  await replica?.stop()
  await primary?.stop()
  place?.[Symbol.dispose]()
})

const pause = (): Promise<unknown> => replica.ask('select pg_wal_replay_pause()')
const resume = (): Promise<unknown> => replica.ask('select pg_wal_replay_resume()')

/** Until the replica has all that the primary has written by now. */
async function caughtUp(): Promise<void> {
  const [now] = await primary.ask<{ at: string }>('select pg_current_wal_insert_lsn()::text as at')
  for (let tried = 0; tried < 6_000; tried++) {
    const [there] = await replica.ask<{ reached: boolean }>(
      `select coalesce(pg_last_wal_replay_lsn() >= '${now?.at}'::pg_lsn, false) as reached`,
    )
    if (there?.reached) return
    await sleep(10)
  }
  throw new Error('The replica does not follow')
}

type World = AsyncDisposable & { readonly app: TestApp; readonly record: TestRecord }

async function world(readUrl = (database: string) => urlOf(replica.address, database)): Promise<World> {
  await resume()
  const app = await testApp({}, (server) => ({ ...server, readUrl: readUrl(server.database) }))
  const record = await openTestRecord(app, knownIns)
  const allowed = await record.choose('autorisation', gp.nationalId ?? '')
  if (allowed.status !== 201) throw new Error(verdict(allowed))
  await caughtUp()
  return { app, record, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
}

/** Ids of the documents that a search shows, sorted. */
async function found(app: Pick<TestApp, 'as'>, record: TestRecord, who = gp): Promise<string[]> {
  const answer = await app.as(who).get(`/DocumentReference?patient=${record.id}&status=current&_count=50`)
  if (answer.status !== 200) throw new Error(verdict(answer))
  return (resourceOf(answer, 'Bundle').entry ?? []).flatMap(({ resource }) => resource?.id ?? []).sort()
}

function loadOf({ app }: World): ReplicaLoad {
  const load = app.engine.db.reads.load()
  if (!load) throw new Error('no replica')
  return load
}

/** What the counts have become by doing this. */
async function counted(world: World, work: () => Promise<unknown>): Promise<ReplicaLoad> {
  const before = loadOf(world)
  await work()
  const after = loadOf(world)
  return {
    answered: after.answered - before.answered,
    behind: after.behind - before.behind,
    failed: after.failed - before.failed,
  }
}

const mask = (app: Pick<TestApp, 'as'>, { holder }: TestRecord, id: string, code = 'MASQUE_PS') =>
  app.as(holder).request('PATCH', `/DocumentReference/${id}`, {
    headers: jsonPatch,
    body: [{ op: 'replace', path: '/securityLabel/0', value: label(code) }],
  })

t.test('a search is the replica’s when the record stands there as here, else the primary’s', async (t) => {
  await using at = await world()
  const { app, record } = at
  const first = await record.push()
  await caughtUp()
  const there = await counted(at, async () => t.same(await found(app, record), [first.documentId]))
  // A page that holds all: nothing is counted.
  t.same(there, { answered: 1, behind: 0, failed: 0 })

  await pause()
  const second = await record.push()
  const both = [first.documentId, second.documentId].sort()
  const late = await counted(at, async () => {
    t.same(await found(app, record), both, 'the writer and every other reader see it')
  })
  t.same(late, { answered: 0, behind: 1, failed: 0 })
  const twin = await app.twin()
  t.same(await found(twin, record), both, 'so do those of a server that knows nothing of the write')

  await resume()
  await caughtUp()
  t.same(await counted(at, async () => t.same(await found(app, record), both)), {
    answered: 1,
    behind: 0,
    failed: 0,
  })
  const paged = await counted(at, async () => {
    const page = await app.as(gp).get(`/DocumentReference?patient=${record.id}&_count=1`)
    t.equal(resourceOf(page, 'Bundle').total, 2)
  })
  t.same(paged, { answered: 2, behind: 0, failed: 0 }, 'a page, and how many there are in all')
  const empty = await counted(at, async () => {
    const none = await app.as(gp).get(`/DocumentReference?patient=${record.id}&type=http://loinc.org|75496-0`)
    t.equal(resourceOf(none, 'Bundle').entry, undefined)
  })
  t.same(empty, { answered: 1, behind: 0, failed: 0 }, 'a search that finds nothing is no other')
  const total = await app.as(gp).get(`/DocumentReference?patient=${record.id}&_total=accurate`)
  t.equal(resourceOf(total, 'Bundle').total, 2)
})

t.test(
  'masks, blocks and ended authorisations hold at once, however far the replica is behind',
  async (t) => {
    await using at = await world()
    const { app, record } = at
    const { documentId } = await record.push()
    await caughtUp()
    t.same(await found(app, record), [documentId])
    await pause()
    t.equal((await mask(app, record, documentId)).status, 200)
    t.same(await found(app, record), [])
    t.same(await found(app, record, record.holder), [documentId], 'the holder sees what is masked')
    const twin = await app.twin()
    t.same(await found(twin, record), [])

    t.equal((await record.choose('blocage', gp.nationalId ?? '')).status, 201)
    const refused = await app.as(gp).get(`/DocumentReference?patient=${record.id}`)
    t.equal(refused.status, 403, verdict(refused))
    const nobody = await twin.as(otherGp).get(`/DocumentReference?patient=${record.id}`)
    t.equal(nobody.status, 403, verdict(nobody))
    await resume()
  },
)

t.test(
  'read-your-writes: whatever is written while the replica stops and goes on, a search shows just that',
  async (t) => {
    await using at = await world()
    const { app, record } = at
    const twin = await app.twin()
    const seen = new Map<string, boolean>()
    let answered = 0
    let behind = 0
    const step = fc.constantFrom(
      'push',
      'mask',
      'unmask',
      'pause',
      'resume',
      'settle',
      'look',
      'look',
      'look there',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), fc.nat(), async (steps, pick) => {
        for (const [n, what] of steps.entries()) {
          const ids = [...seen.keys()].sort()
          const id = ids[(pick + n) % Math.max(1, ids.length)]
          if (what === 'push') seen.set((await record.push()).documentId, true)
          else if (what === 'pause') await pause()
          else if (what === 'resume') await resume()
          else if (what === 'settle') await resume().then(caughtUp)
          else if (what === 'mask' || what === 'unmask') {
            if (id === undefined || seen.get(id) === (what === 'unmask')) continue
            const changed = await mask(app, record, id, what === 'mask' ? 'MASQUE_PS' : 'N')
            if (changed.status !== 200) continue
            seen.set(id, what === 'unmask')
          } else {
            const shown = ids.filter((each) => seen.get(each))
            const before = loadOf(at)
            t.same(await found(what === 'look' ? app : twin, record), shown.slice(-50))
            answered += loadOf(at).answered - before.answered
            behind += loadOf(at).behind - before.behind
          }
        }
      }),
      {
        numRuns: 14,
        seed: 20261122,
        // However fast the replica catches up, it is behind in the first and answers in the second.
        examples: [
          [['pause', 'push', 'look', 'push', 'look', 'look there'], 0],
          [['push', 'settle', 'look', 'look there', 'look', 'look there'], 0],
        ],
      },
    )
    await resume()
    t.ok(answered > 3, `the replica answered ${answered} times`)
    t.ok(behind > 1, `it was behind ${behind} times`)
  },
)

t.test(
  'contents come from the replica once it has them; until then, and always entire, from the primary',
  async (t) => {
    await using at = await world()
    const { app, record } = at
    // More than one chunk, so that pieces are fetched one by one.
    const large = Buffer.from(`${'Compte rendu. '.repeat(60_000)}fin`)
    await pause()
    const { binaryId } = await record.push({ cda: large, contentType: 'text/plain' })
    const bytes = async (): Promise<Buffer> => {
      const answer = await app.as(gp).get(`/Binary/${binaryId}`, { accept: 'text/plain' })
      if (answer.status !== 200) throw new Error(verdict(answer))
      return answer.bytes
    }
    const late = await counted(at, async () => t.ok(large.equals(await bytes())))
    t.equal(late.answered, 0)
    t.ok(late.behind > 0)
    await resume()
    await caughtUp()
    const there = await counted(at, async () => t.ok(large.equals(await bytes())))
    t.ok(there.answered > 1, `${there.answered} pieces`)
    t.equal(there.behind, 0)
  },
)

t.test('a page of traces holds every request that was answered before it', async (t) => {
  await using at = await world()
  const { app, record } = at
  const { documentId } = await record.push()
  const page = async (): Promise<string> => {
    const answer = await app.as(record.holder).get(`/AuditEvent?patient=${record.id}&_count=5`)
    if (answer.status !== 200) throw new Error(verdict(answer))
    return answer.text
  }
  for (const isPaused of [false, true, false]) {
    await (isPaused ? pause() : resume().then(caughtUp))
    const read = await app.as(gp).get(`/DocumentReference/${documentId}`)
    t.equal(read.status, 200)
    const requestId = read.headers['x-request-id'] ?? '-'
    const traces = await counted(at, async () => t.match(await page(), requestId))
    t.equal(traces.failed, 0)
    if (isPaused) t.same(traces, { answered: 0, behind: 1, failed: 0 })
  }
  await caughtUp()
  let answered = 0
  for (let tried = 0; tried < 20 && answered === 0; tried++) answered = (await counted(at, page)).answered
  t.equal(answered, 1, 'the replica, which follows within milliseconds, answers')
  const table = await app.as(record.holder).get(`/AuditEvent?patient=${record.id}`, { accept: 'text/csv' })
  t.equal(table.status, 200, verdict(table))
})

t.test(
  'a replica that hangs is waited for once, for a second; one that is gone is not waited for',
  async (t) => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    for (const [name, url] of [
      ['hangs', `postgres://dmp:secret-word@127.0.0.1:${port}/dmp`],
      ['is gone', 'postgres://dmp:secret-word@127.0.0.1:1/dmp'],
    ] as const) {
      await using at = await world(() => url)
      const { app, record } = at
      const { documentId } = await record.push()
      const many = await counted(at, async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => found(app, record)))
        for (const each of all) t.same(each, [documentId])
      })
      t.ok(many.failed >= 1 && many.failed <= 20, `${name}: nobody waits twice, ${many.failed} for 20`)
      t.same(
        await counted(at, () => found(app, record)),
        { answered: 0, behind: 0, failed: 0 },
        'it is let be',
      )
      t.match(app.log(), /DATABASE_READ_URL/)
      t.notMatch(app.log(), /secret-word/)
    }
  },
)

t.test('what is no replica answers nothing, and that is told', async (t) => {
  await using at = await world((database) => urlOf(primary.address, database))
  const { app, record } = at
  const { documentId } = await record.push()
  const load = await counted(at, async () => t.same(await found(app, record), [documentId]))
  t.equal(load.answered, 0)
  t.match(app.log(), /is no replica/)
})

t.test('without a replica nothing is asked twice', async (t) => {
  await using test = await testDatabase()
  const db = openDatabase(test.server, () => undefined)
  t.equal(db.reads.load(), undefined)
  t.equal(await db.reads.upToDate(), db.reads.unchanging)
  t.same(await db.reads.unchanging.run(sql`select 1 as one`), [{ one: 1 }])
  await db.close()
})

t.test('settings that promise what cannot be kept stop the start, and tell no password', async (t) => {
  const primaryUrl = 'postgres://dmp:secret-word@one/dmp'
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ DATABASE_READ_URL: primaryUrl }, /needs DATABASE_URL/],
    [{ DATABASE_URL: primaryUrl, DATABASE_READ_URL: primaryUrl }, /is DATABASE_URL/],
    [{ DATABASE_URL: primaryUrl, DATABASE_READ_URL: 'secret-word' }, /begins with postgres/],
    [{ DATABASE_URL: primaryUrl, DATABASE_READ_URL: 'postgres://two/dmp', DMP_PROFILE: 'fhir' }, /no effect/],
  ]
  for (const [environment, told] of wrong) {
    t.throws(() => readConfig(environment), { name: 'ConfigError', message: told })
    try {
      readConfig(environment)
    } catch (error) {
      t.notMatch(String(error), /secret-word/)
    }
  }
  const right = readConfig({ DATABASE_URL: primaryUrl, DATABASE_READ_URL: 'postgres://two/dmp' })
  t.equal(right.databaseReadUrl, 'postgres://two/dmp')
})
