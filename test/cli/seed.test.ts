/**
 * `dmp seed`: as many documents as asked for, once; the same for the same seed. What each row
 * is, seed-rows.test.ts asks. The command itself needs dist/, which `npm test` builds.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { depositLots } from '../../src/cli/seed/deposit-lots.ts'
import { openRecord } from '../../src/cli/seed/open-record.ts'
import { OtherPopulation } from '../../src/cli/seed/other-population.ts'
import { recordToMake } from '../../src/cli/seed/record-to-make.ts'
import { refuseOtherPopulation } from '../../src/cli/seed/refuse-other-population.ts'
import { readPart } from '../../src/cli/seed/seed-processes.ts'
import { seedRecords } from '../../src/cli/seed/seed-records.ts'
import { bodyOf, nextDocument, type Records, recordOf } from '../../src/population/dmp/records.ts'
import { TEST_INS } from '../../src/population/patient.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { dmpHere } from '../support/dmp-here.ts'
import { gp } from '../support/personas.ts'
import { runDmp } from '../support/run-dmp.ts'
import { storedTraces } from '../support/stored-traces.ts'

const records: Records = { seed: 5, patients: 6, documents: 60, medianSize: 6_000 }
const GP = gp.nationalId ?? ''
const quiet = (): void => undefined

const seedingOf = ({ engine, connection }: TestApp, of: Records) => {
  return { engine, connection, records: of, authorised: [GP] }
}

async function seeded(app: TestApp, of: Records): Promise<number> {
  return (await seedRecords(seedingOf(app, of), quiet, new AbortController().signal)).documents
}

function urlOf({ owner: { host, port, user, password, database } }: TestDatabase): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
}

/** Made at once by one process: what other ways make is held against it. */
const whole = await testApp()
t.teardown(() => whole[Symbol.asyncDispose]())
const made = await seeded(whole, records)

t.test('as many as asked for, once, sealed and traced; the same for the same seed', async (t) => {
  const app = whole
  t.equal(made, 60)
  t.equal(await seeded(app, records), 0, 'a second run adds nothing')
  const [counts] = await app.query<Record<string, number>>(
    `select (select count(*)::integer from document) as documents, (select count(*)::integer from record) as records,
       (select count(distinct content_sha256)::integer from document) as contents,
       (select count(*)::integer from business_identifier where type = 'submissionset') as sets`,
  )
  t.match(counts, { documents: 60, records: 6, contents: 60 })
  const traces = (await storedTraces(app.engine.db, 'provide-documents')).length
  t.ok((counts?.sets ?? 0) > 6 && traces >= (counts?.sets ?? 0))
  await using other = await testApp()
  await seeded(other, records)
  const ids = `select id, body::jsonb #- '{meta,lastUpdated}' as body from document order by id`
  const [one, two] = [await app.query(ids), await other.query(ids)]
  t.equal(JSON.stringify(one), JSON.stringify(two), 'ids and metadata are the same in another database')
})

t.test('a general practitioner reads what was seeded, byte for byte', async (t) => {
  const record = recordOf(records, records.patients - 1)
  const documents = Array.from({ length: record.documents }, (_, ordinal) =>
    nextDocument(records, record, ordinal),
  )
  const visible = documents.filter(({ masked, archived }) => !masked && !archived)
  t.ok(visible.length > 3)
  const doctor = whole.as(gp)
  for (const document of visible.slice(0, 4)) {
    const found = await doctor.get(
      `/DocumentReference?patient.identifier=${TEST_INS}|${record.traits.matricule}&identifier=urn:ietf:rfc:3986|urn:oid:${document.oid}`,
    )
    t.equal(found.status, 200, found.text)
    const url = /"url":"[^"]*?(\/?Binary\/[^"]+)"/.exec(found.text)?.[1] ?? ''
    const content = await doctor.get(`/${url.replace(/^\//, '')}`, { accept: '*/*' })
    t.equal(content.status, 200)
    t.ok(content.bytes.equals(Buffer.from(bodyOf(document))))
  }
})

t.test('records of exactly so many, and documents of a few lines', async (t) => {
  await using app = await testApp()
  const of = { ...records, documents: 10, exactly: [120, 0], narrow: true }
  t.equal(await seeded(app, of), 130)
  const counts = await app.query<{ documents: number; largest: number }>(
    `select count(d.id)::integer as documents, coalesce(max(c.size), 0) as largest
       from record r left join document d using (patient_key)
       left join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256
       group by r.patient_key order by 1 desc`,
  )
  t.equal(counts.length, 8)
  t.ok(counts[0]?.documents === 120 && counts.every(({ largest }) => largest < 1_000), JSON.stringify(counts))
  t.equal(await seeded(app, of), 0)
})

t.test('a record that somebody has opened, or that was left half done, is completed', async (t) => {
  await using app = await testApp()
  const stop = new AbortController()
  // As a run of before that was stopped: the last and largest record, opened, with some of its lots.
  const last = recordToMake(app.engine, records, recordOf(records, 5), [GP])
  const { subject } = await openRecord(last.engine, last.record.traits, [GP], Date.now())
  const half = last.lots.slice(0, Math.floor(last.lots.length / 2))
  const deposited = await depositLots(last.engine, subject, half)
  t.ok(deposited.documents > 5)
  const { documents } = await seedRecords(seedingOf(app, records), quiet, stop.signal)
  t.equal(documents + deposited.documents, 60)
  const ids = `select string_agg(d.id::text, ',' order by d.id) as ids from document d`
  t.same(await app.query(ids), await whole.query(ids), 'and has the ids that it would have had')
})

t.test('parts make what the whole makes, ids included, in whichever process', async (t) => {
  const ids = `select encode(sha256(string_agg(d.id::text, ',' order by d.id)::bytea), 'hex') as ids, count(*)::integer as count
    from document d`
  const [expected] = await whole.query(ids)
  await using parted = await testApp()
  const stop = new AbortController().signal
  const parts: number[] = []
  for (const part of [2, 0, 1]) {
    const { documents } = await seedRecords(seedingOf(parted, records), quiet, stop, { part, parts: 3 })
    parts.push(documents)
  }
  t.ok(
    parts.every((documents) => documents > 5),
    parts.join(' '),
  )
  t.same(await parted.query(ids), [expected])

  await using database = await testDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'seed-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const run = await runDmp(
    ['seed', '--seed', '5', '--patients', '6', '--documents', '60', '--size', '6000', '--processes', '2'],
    { PATH: process.env.PATH, DATABASE_URL: urlOf(database), DMP_DATA_DIR: dataDir },
  )
  t.match(run, { code: 0, out: /^6 records, 60 new documents/ }, run.err)
  const { rows: stored } = await withOwner(database.owner, (client) => client.query(ids))
  t.same(stored, [expected])
})

t.test('a part is one of so many', async (t) => {
  t.same(readPart('1/2'), { part: 1, parts: 2 })
  for (const wrong of ['2/2', '0/0', '-1/2', '1', '1/2/3', '1/x', ''])
    t.equal(readPart(wrong), undefined, wrong)
})

t.test('the command says what it is for, and refuses what it is not', async (t) => {
  const help = await dmpHere(['seed', '--help'])
  t.match(help.out, /--patients/)
  t.equal((await dmpHere(['seed', '--patients', '0'])).code, 64)
  t.equal((await dmpHere(['seed', '--authorise', '12'])).code, 64)
  const part = await dmpHere(['seed', '--part', '0/1', '--patients', '1'], {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x',
  })
  t.match(part, { code: 64, err: /--part is for the processes/ })
  const production = await dmpHere(['seed'], { NODE_ENV: 'production' })
  t.equal(production.code, 78)
})

t.test('another population of the same seed is refused in words, and nothing of it is written', async (t) => {
  const count = `select (select count(*) from document)::integer as documents, (select count(*) from record)::integer as records,
    (select count(*) from audit)::integer as traces`
  const before = await whole.query(count)
  for (const of of [
    { ...records, medianSize: 9_000 },
    { ...records, documents: 90 },
    { ...records, patients: 7 },
    { ...records, narrow: true },
  ])
    await t.rejects(refuseOtherPopulation(seedingOf(whole, of)), OtherPopulation, JSON.stringify(of))
  await t.resolves(refuseOtherPopulation(seedingOf(whole, records)), 'the same goes on')
  await t.resolves(refuseOtherPopulation(seedingOf(whole, { ...records, seed: 6 })), 'another seed is added')
  t.same(await whole.query(count), before)

  await t.rejects(seeded(whole, { ...records, medianSize: 9_000 }), OtherPopulation, 'by the deposits too')
  t.match(await whole.query(count), [{ documents: 60 }])

  await using database = await testDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'seed-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const environment = { DATABASE_URL: urlOf(database), DMP_DATA_DIR: dataDir }
  const command = ['seed', '--patients', '3', '--documents', '9']
  t.equal((await dmpHere(command, environment)).code, 0)
  const french = await dmpHere([...command, '--size', '9000'], { ...environment, LANG: 'fr_FR.UTF-8' })
  t.match(french, { code: 64, err: /patients fictifs.*base vide/ })
  const english = await dmpHere(['seed', '--patients', '3', '--documents', '12'], environment)
  t.match(english, { code: 64, err: /made-up patients.*empty database/ })
  // The other process has been started by then: it ends without having written, and is waited for.
  const parted = await runDmp([...command, '--size', '9000', '--processes', '2'], {
    PATH: process.env.PATH,
    ...environment,
  })
  t.match(parted, { code: 64, err: /made-up patients.*empty database/ }, parted.err)
  t.match(await dmpHere(command, environment), { code: 0, out: /^3 records, 0 new documents/ })
})
