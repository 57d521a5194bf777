/**
 * V4: a document deposited unseen by the patient is told of after two weeks and shown after a month, once, whatever
 * processes there are and however they end. D10: what is closed for ten years is destroyed, and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CommandError } from '../../src/cli/command.ts'
import { purge, purgeRecords } from '../../src/cli/purge.ts'
import { CHUNK_BYTES } from '../../src/content/chunk-cipher.ts'
import { createContents } from '../../src/content/contents.ts'
import { masterKeys } from '../../src/content/master-key.ts'
import { contentInMemory } from '../../src/content/receive-content.ts'
import { monthBefore, twoWeeksBefore } from '../../src/dmp/documents/announcement.ts'
import { isMinor } from '../../src/dmp/identity/minor.ts'
import { utc } from '../../src/fhir/date.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { announcePending } from '../../src/jobs/announce-pending.ts'
import { everyHour } from '../../src/jobs/schedule.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { runTogether } from '../../src/storage/connection/run-together.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { insertResource } from '../../src/storage/records/change-record.ts'
import { openRecord } from '../../src/storage/records/open-record.ts'
import { serverPrivileges } from '../../src/storage/schema/roles.ts'
import { sql } from '../../src/storage/sql.ts'
import { insertTraces } from '../../src/storage/traces/insert-traces.ts'
import { label } from '../support/builders.ts'
import { traceRow } from '../support/chains.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'
import { testRegistry } from '../support/registry.ts'
import { documentWith, newUuid, store } from '../support/stored-documents.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { testChain } from '../support/test-chain.ts'
import { testSeals } from '../support/test-seals.ts'
import { until } from '../support/until.ts'

const DAY = 86_400_000
const start = Date.parse('2026-03-10T09:30:00Z')
const base = 'http://localhost/fhir'
const registry = testRegistry()

type Process = AsyncDisposable & {
  readonly db: Database
  announce(now: number): ReturnType<typeof announcePending>
}

function processOn(test: TestDatabase, batch?: number): Process {
  const db = openDatabase(test.server, () => undefined)
  const extraction = buildExtraction(registry, { base, zone: utc }, ['DocumentReference'])
  const engine = {
    db,
    extraction,
    newId: (now: number) => newUuid(now),
    seals: testSeals(),
    terminology,
    chain: testChain(),
  }
  return {
    db,
    announce: (now) => announcePending(engine, now, batch),
    [Symbol.asyncDispose]: () => db.close(),
  }
}

async function openedRecord(db: Database): Promise<Uuid> {
  const patientKey = newUuid(start)
  await db.transaction((transaction) =>
    openRecord(transaction, {
      patientKey,
      identifiers: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: patientKey }],
      familyName: 'TEST',
      traitsFolded: 'test',
      birthDate: '1990-02-28',
      sex: 'female',
      now: start,
      body: '{"resourceType":"Patient"}',
    }),
  )
  return patientKey
}

type Labels = Parameters<typeof label>[0]

async function deposit(
  db: Database,
  patientKey: Uuid,
  at: number,
  {
    labels = ['N', 'INVISIBLE_PATIENT'],
    status = 'current',
    sha256,
  }: { labels?: Labels[]; status?: string; sha256?: Buffer } = {},
): Promise<Uuid> {
  const id = newUuid(at)
  const body = JSON.stringify({
    resourceType: 'DocumentReference',
    meta: { versionId: '1', tag: [{ code: 'kept' }] },
    status,
    securityLabel: labels.map(label),
  })
  await store(db, [
    documentWith({
      patientKey,
      id,
      lastUpdated: at,
      status,
      invisiblePatient: labels.includes('INVISIBLE_PATIENT'),
      invisibleLegal: labels.includes('INVISIBLE_REPRESENTANTS_LEGAUX'),
      body,
      ...(sha256 ? { sha256 } : {}),
    }),
  ])
  return id
}

type Row = { id: Uuid; version: number; invisible_patient: boolean; body: string }

async function documents(db: Database): Promise<Row[]> {
  return db.run<Row>(sql`select d.id, d.version, d.invisible_patient, d.body from document d order by d.id`)
}

async function notices(db: Database): Promise<string[]> {
  const rows = await db.run<{ kind: string; entities: string[] }>(
    sql`select n.kind, n.entities from notice n order by n.kind, n.key`,
  )
  return rows.map(({ kind, entities }) => `${kind} ${entities.length}`)
}

async function countOf(db: Database): Promise<Record<'traces' | 'versions', number>> {
  const [row] = await db.run<{ traces: number; versions: number }>(
    sql`select (select count(*) from audit)::integer as traces,
      (select count(*) from resource_version)::integer as versions`,
  )
  return row ?? { traces: -1, versions: -1 }
}

t.test('told after two weeks, shown after a month', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db, announce } = process
  const patientKey = await openedRecord(db)
  await deposit(db, patientKey, start)
  await deposit(db, patientKey, start + 1, { labels: ['N'] })
  t.same(await announce(start + 13 * DAY), { told: 0, shown: 0 })
  t.same(await announce(start + 14 * DAY), { told: 1, shown: 0 })
  t.same(await announce(start + 15 * DAY), { told: 0, shown: 0 }, 'once')
  t.same(await notices(db), ['annonce-a-venir 0'], 'without a word of which document')
  const before = Date.parse('2026-04-10T09:29:59Z')
  t.same(await announce(before), { told: 0, shown: 0 })
  t.same(await announce(before + 1000), { told: 0, shown: 1 })
  t.same(await announce(before + 2000), { told: 0, shown: 0 }, 'once')
  t.same(await notices(db), ['annonce-a-venir 0', 'rendu-visible 1'])
  const [shown] = await documents(db)
  const body = JSON.parse(shown?.body ?? '{}')
  t.same([shown?.version, shown?.invisible_patient], [2, false])
  t.same(body.securityLabel, [label('N')], 'N stays')
  t.same(body.meta, { versionId: '2', tag: [{ code: 'kept' }], lastUpdated: '2026-04-10T09:30:00.000Z' })
  const traces = (await storedTraces(db)).map(({ actor, interaction, rules }) => ({
    actor,
    interaction,
    rules,
  }))
  t.same(traces, [
    { actor: 'SYSTEME', interaction: 'announce-document', rules: ['V4'] },
    { actor: 'SYSTEME', interaction: 'reveal-document', rules: ['V4'] },
  ])
})

t.test('other labels stay; deleted documents and closed records wait', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db, announce } = process
  const patientKey = await openedRecord(db)
  const closed = await openedRecord(db)
  await deposit(db, patientKey, start, {
    labels: ['N', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
  })
  await deposit(db, patientKey, start + 1, { status: 'entered-in-error' })
  const waiting = await deposit(db, closed, start + 2)
  await db.run(sql`update record set status = 'closed' where patient_key = ${closed}::uuid`)
  t.same(await announce(start + 40 * DAY), { told: 0, shown: 1 })
  const [secret] = await documents(db)
  t.same(JSON.parse(secret?.body ?? '{}').securityLabel, [
    label('N'),
    label('INVISIBLE_REPRESENTANTS_LEGAUX'),
  ])
  await db.run(sql`update record set status = 'open' where patient_key = ${closed}::uuid`)
  t.same(await announce(start + 41 * DAY), { told: 0, shown: 1 })
  t.equal((await documents(db)).find(({ id }) => id === waiting)?.version, 2)
})

t.test('where the patient wants all masked, what is shown is masked (V6)', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db, announce } = process
  const patientKey = await openedRecord(db)
  await deposit(db, patientKey, start)
  await db.run(sql`update record set masked_by_default = true where patient_key = ${patientKey}::uuid`)
  t.same(await announce(start + 40 * DAY), { told: 0, shown: 1 })
  const [shown] = await documents(db)
  t.match(JSON.parse(shown?.body ?? '{}').securityLabel, [label('N'), label('MASQUE_PS')])
  t.same(await db.run(sql`select d.masked from document d`), [{ masked: true }])
})

t.test('two processes at once do each once, in batches', async (t) => {
  await using test = await testDatabase()
  await using first = processOn(test, 7)
  await using second = processOn(test, 7)
  await using third = processOn(test, 7)
  const processes = [first, second, third]
  const { db } = first
  const records = await Promise.all(Array.from({ length: 5 }, () => openedRecord(db)))
  for (let i = 0; i < 40; i++)
    await deposit(db, records[i % 5] ?? newUuid(), start - (i % 2 ? 40 : 20) * DAY + i)
  const done = { told: 0, shown: 0 }
  for (let round = 0; round < 3; round++) {
    for (const { told, shown } of await Promise.all(processes.map(({ announce }) => announce(start)))) {
      done.told += told
      done.shown += shown
    }
  }
  t.same(done, { told: 20, shown: 20 })
  t.same(await countOf(db), { traces: 40, versions: 20 })
  t.equal((await notices(db)).length, 40)
  t.ok((await documents(db)).every(({ version, invisible_patient }) => (version === 2) !== invisible_patient))
})

t.test('what is due is not told of as to come, though it could not be shown yet', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db, announce } = process
  const patientKey = await openedRecord(db)
  const due = await deposit(db, patientKey, start - 40 * DAY)
  await db.transaction(async (transaction) => {
    await transaction.run(sql`select from document d where d.id = ${due}::uuid for update`)
    t.same(await announce(start), { told: 0, shown: 0 }, 'held by another')
  })
  t.same(await announce(start), { told: 0, shown: 1 })
  t.same(await notices(db), ['rendu-visible 1'])
})

t.test('a process that dies in between leaves nothing half done', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db, announce } = process
  const patientKey = await openedRecord(db)
  for (let i = 0; i < 5; i++) await deposit(db, patientKey, start + i)
  const now = start + 40 * DAY
  await withOwner(test.owner, (client) =>
    client.query(`alter table notice add constraint dies check (kind <> 'rendu-visible')`),
  )
  await t.rejects(announce(now))
  t.same(await countOf(db), { traces: 0, versions: 0 })
  t.ok((await documents(db)).every(({ version, invisible_patient }) => version === 1 && invisible_patient))
  await withOwner(test.owner, (client) => client.query('alter table notice drop constraint dies'))
  t.same(await announce(now), { told: 0, shown: 5 }, 'the next round does it')
})

t.test('a month is a month', (t) => {
  const at = (text: string): number => Date.parse(`${text}T12:00:00Z`)
  for (const [now, then] of [
    ['2026-02-28', '2026-01-31'],
    ['2026-03-01', '2026-02-01'],
    ['2026-03-30', '2026-02-28'],
    ['2026-03-31', '2026-02-28'],
    ['2026-04-30', '2026-03-31'],
    ['2028-02-28', '2028-01-28'],
    ['2028-02-29', '2028-01-31'],
    ['2026-01-15', '2025-12-15'],
  ] as const)
    t.equal(monthBefore(at(now)), at(then), now)
  fc.assert(
    fc.property(fc.integer({ min: at('2020-01-01'), max: at('2060-01-01') }), (now) => {
      const days = (now - monthBefore(now)) / DAY
      return (
        days >= 28 && days <= 31 && monthBefore(now) <= monthBefore(now + DAY) && twoWeeksBefore(now) < now
      )
    }),
  )
  t.ok(
    isMinor('2010-05-05', at('2028-05-04')) && !isMinor('2010-05-05', at('2028-05-05')),
    'of age at eighteen',
  )
  t.notOk(isMinor('unknown', start))
  t.end()
})

t.test('rounds follow one another, at once and then by the hour, and an error is told', async (t) => {
  let [running, most, rounds] = [0, 0, 0]
  const told: unknown[] = []
  const work = async (): Promise<void> => {
    rounds++
    most = Math.max(most, ++running)
    await sleep(20)
    running--
    if (rounds === 1) throw new Error('the first')
  }
  const schedule = everyHour(work, (error) => told.push(error), 5)
  t.equal(rounds, 1, 'at once')
  await until('three rounds', () => rounds >= 3)
  await schedule.stop()
  const stopped = rounds
  t.equal(most, 1, 'a slow one is waited for')
  t.equal(running, 0, 'stopped after the round under way')
  await sleep(30)
  t.equal(rounds, stopped, 'and none begins then')
  t.equal(told.length, 1)
})

t.test('ten years after its closing a record is destroyed, whichever tables there are (D10)', async (t) => {
  await using test = await testDatabase()
  await using process = processOn(test)
  const { db } = process
  const [old, recent, open] = [await openedRecord(db), await openedRecord(db), await openedRecord(db)]
  const contents = createContents({ db, keys: masterKeys('a secret of this test') })
  const kept = contentInMemory(Buffer.alloc(CHUNK_BYTES + 1, 'a'))
  const named = new Map<Uuid, Uuid>()
  for (const patientKey of [old, recent, open]) {
    named.set(patientKey, await deposit(db, patientKey, start, { sha256: kept.sha256 }))
    const content = await contents.deposit(patientKey, [kept], start)
    await db.transaction(async (tx) => runTogether(tx, await content.keep(tx, await content.recordKey(tx))))
    await insertResource(db, { patientKey, type: 'Consent', id: newUuid(), lastUpdated: start, body: '{}' })
    await insertTraces(db, [traceRow(testChain(), { patient_key: patientKey, interaction: 'read-patient' })])
    await db.run(
      sql`insert into representation select ${patientKey}::uuid, 's', 'v', 'AIDANT', now(), gen_random_uuid()`,
    )
    await db.run(sql`insert into notice select ${patientKey}::uuid, 'k', gen_random_uuid(), now(), 'patient', 'depot',
      gen_random_uuid(), '', '', '', '', '{}'`)
    await db.run(sql`insert into business_identifier select ${patientKey}::uuid, 't', 'v', gen_random_uuid()`)
    await db.run(
      sql`insert into resource_version select ${patientKey}::uuid, 'List', 'x', 1, now(), '{}', 'POST', now()`,
    )
  }
  const now = new Date('2026-11-22T10:00:00Z')
  const close = (patientKey: Uuid, at: string): Promise<unknown> =>
    db.run(
      sql`update record set status = 'closed', closed_at = ${at}::timestamptz where patient_key = ${patientKey}::uuid`,
    )
  await close(old, '2016-11-22T09:59:59Z')
  await close(recent, '2016-11-23T00:00:00Z')
  const rowsOf = async (patientKey: Uuid): Promise<Record<string, number>> =>
    withOwner(test.owner, async (client) => {
      const counts: Record<string, number> = {}
      for (const table of Object.keys(serverPrivileges)) {
        const { rows: columns } = await client.query(
          `select from pg_attribute where attrelid = $1::regclass and attname = 'patient_key'`,
          [table],
        )
        if (columns.length === 0) continue
        const { rows } = await client.query(
          `select count(*)::integer as count from ${table} where patient_key = $1`,
          [patientKey],
        )
        counts[table] = rows[0].count
      }
      return counts
    })
  const before = await rowsOf(open)
  const filled = Object.values(before).filter((count) => count > 0).length
  t.ok(filled >= 12, `${filled} tables hold rows of a record`)
  t.match(before, { record_key: 1, content: 1, content_chunk: 1, document: 1 })
  const opened = async (patientKey: Uuid) => contents.open(patientKey, named.get(patientKey) ?? newUuid())
  t.equal((await opened(old))?.size, kept.size)
  const lines: string[] = []
  const out = (line: string): void => void lines.push(line)
  await purgeRecords(test.owner, now, { atMost: 10 }, out)
  t.match(lines[0], /^1 record\(s\) closed on 2016-11-22 or before: .*document 1/)
  t.same(await rowsOf(old), before, 'counting destroys nothing')
  await purgeRecords(test.owner, now, { chain: testChain(), atMost: 10 }, out)
  t.match(lines.at(-1), /^1 record\(s\) .* destroyed: .*content 1, content_chunk 1, .*record_key 1,/)
  t.ok(
    Object.entries(await rowsOf(old)).every(([table, count]) => count === (table === 'audit' ? 1 : 0)),
    'no row is left but the trace of who read it',
  )
  t.equal(await opened(old), undefined, 'neither the content nor what opens it')
  t.equal((await opened(recent))?.size, kept.size)
  t.same(await rowsOf(open), before)
  t.same(await rowsOf(recent), before)
  const [trace] = await storedTraces(db, 'destroy-record')
  t.same([trace?.rules, trace?.entities.length], [['D10'], 1], 'and that it was destroyed is known')
  await purgeRecords(test.owner, now, { chain: testChain(), atMost: 10 }, out)
  t.match(lines.at(-1), /^0 record/)
  t.notOk(
    lines.some((line) => line.includes(old)),
    'nothing personal is told',
  )
  const io = { out, err: out, env: {} }
  t.equal(await purge(['--help'], io), 0)
  for (const args of [[], ['--apply'], ['--at-most', '0'], ['--at-most', 'x'], ['--all'], ['stray']]) {
    const refused: unknown = await purge(args, io).catch((error: unknown) => error)
    t.ok(refused instanceof CommandError && refused.exitCode === 64, args.join(' ') || 'without a database')
  }
})
