/**
 * What `dmp seed` writes, against what the requests themselves leave: every row of every table of a record, ids, times, keys
 * and the name of the client apart; whether the record was made at once or added to. And what no comparison of rows can tell:
 * that seals and chain hold.
 */
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { consentOf } from '../../src/cli/demo/submission.ts'
import { generalPractitioner } from '../../src/cli/seed/made-up-exchange.ts'
import { openRecord } from '../../src/cli/seed/open-record.ts'
import { recordToMake } from '../../src/cli/seed/record-to-make.ts'
import { seedRecords } from '../../src/cli/seed/seed-records.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../src/fhir/id.ts'
import { documentKinds } from '../../src/population/dmp/document-kinds.ts'
import { documentReferenceOf } from '../../src/population/dmp/document-reference.ts'
import { insPatientOf } from '../../src/population/dmp/patient.ts'
import { bodyOf, type Records, recordCount, recordOf } from '../../src/population/dmp/records.ts'
import { submissionSetOf } from '../../src/population/dmp/submission-set.ts'
import { TEST_INS } from '../../src/population/patient.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { administration, gp } from '../support/personas.ts'
import { storedTraces } from '../support/stored-traces.ts'

const records: Records = { seed: 3, patients: 3, documents: 330, medianSize: 6_000, exactly: [2, 0] }
const GP = gp.nationalId ?? ''
const quiet = (): void => undefined
const numbers = Array.from({ length: recordCount(records) }, (_, number) => number)

function seeded({ engine, connection }: TestApp) {
  const seeding = { engine, connection, records, authorised: [GP] }
  return seedRecords(seeding, quiet, new AbortController().signal)
}

function lotsIn({ engine }: TestApp) {
  return numbers.map((number) => recordToMake(engine, records, recordOf(records, number), [GP]))
}

/** Each record opened, and each lot sent, by those whom `dmp seed` makes up. */
async function pushAll(t: Test, app: TestApp): Promise<void> {
  for (const { record, lots } of lotsIn(app)) {
    const identifier = `${TEST_INS}|${record.traits.matricule}`
    const patient = `Patient?identifier=${identifier}`
    const opened = await app.as(administration).put(`/${patient}`, insPatientOf(record.traits))
    const declared = await app
      .as(generalPractitioner(GP))
      .post('/Consent', consentOf('autorisation', patient, GP))
    if (opened.status !== 201 || declared.status !== 201) t.fail(opened.text + declared.text)
    for (const { documents, sender } of lots) {
      const urn = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
      const entry = (n: number, resource: object, url: string) => ({
        fullUrl: urn(n),
        resource,
        request: { method: 'POST', url },
      })
      const entries = documents.flatMap((document, i) => {
        const bytes = Buffer.from(bodyOf(document))
        const reference = documentReferenceOf(document, patient)
        const [content] = reference.content as unknown as [{ attachment: Record<string, unknown> }]
        const attachment: Record<string, unknown> = {
          ...content.attachment,
          url: urn(2000 + i),
          size: bytes.length,
          hash: createHash('sha1').update(bytes).digest('base64'),
        }
        const { contentType } = attachment
        const binary = { resourceType: 'Binary', contentType, data: bytes.toString('base64') }
        return [
          entry(1000 + i, { ...reference, content: [{ ...content, attachment }] }, 'DocumentReference'),
          entry(2000 + i, binary, 'Binary'),
        ]
      })
      const items = documents.map((_, i) => urn(1000 + i))
      const set = entry(1, submissionSetOf(documents[0], patient, items), 'List')
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [set, ...entries] }
      const answer = await app.as(sender).post('/', bundle)
      if (answer.status !== 200) t.fail(answer.text.slice(0, 2_000))
    }
  }
}

type Rows = Readonly<Record<string, readonly string[]>>

/** All that lies under a patient's key, as texts in which ids bear the names of what they identify. */
async function rowsOf(app: TestApp): Promise<Rows> {
  const tables = await app.query<{ name: string }>(
    `select table_name as name from information_schema.columns where column_name = 'patient_key'
       and table_schema = 'public' and table_name not like 'audit%' order by 1`,
  )
  const named = await namesOf(app)
  const found: Record<string, string[]> = {}
  for (const { name } of tables) {
    const rows = await app.query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${name} t`)
    found[name] = rows.map(({ row }) => normal(JSON.stringify(withoutSecrets(name, row)), named)).sort()
  }
  const traces = await storedTraces(app.engine.db)
  found.audit = traces
    .map(({ id: _, request_id: __, network: ___, client: ____, ...row }) =>
      normal(JSON.stringify(row), named),
    )
    .sort()
  return found
}

/** Random, or made of what is. */
const secrets: Readonly<Record<string, readonly string[]>> = {
  content: ['bytes', 'wrapped_key'],
  record_key: ['wrapped', 'master'],
  seal: ['client', 'metadata', 'text', 'submission_text', 'kid', 'signature'],
}

function withoutSecrets(table: string, row: Readonly<Record<string, unknown>>): object {
  const hidden = secrets[table] ?? []
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      hidden.includes(column) && column !== 'client'
        ? String(value).length
        : hidden.includes(column)
          ? ''
          : value,
    ]),
  )
}

type Named = ReadonlyMap<string, string>

async function namesOf(app: TestApp): Promise<Named> {
  const rows = await app.query<{ id: Uuid; name: string }>(
    `select i.patient_key as id, 'patient ' || i.value as name from patient_identifier i
     union all select b.id, b.type || ' ' || b.value from business_identifier b where b.type <> 'choice'
     union all select b.id, 'choice ' || b.value || ' of ' || i.value
       from business_identifier b join patient_identifier i using (patient_key) where b.type = 'choice'
     union all select d.binary_id, 'bytes of ' || b.value from document d
       join business_identifier b on b.patient_key = d.patient_key and b.id = d.id`,
  )
  return new Map(rows.flatMap(({ id, name }) => [id, encodeUuid(id)].map((text) => [text, `<${name}>`])))
}

/** Deposits are of today, documents of before November 2026. */
const NOW = /20(?:26-1[12]|2[7-9]-\d\d)-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const ENCODED = /\b[0-7][0-9a-hjkmnp-tv-z]{25}\b/g

function normal(text: string, named: Named): string {
  const name = (id: string): string => named.get(id) ?? '<id>'
  return text
    .replace(NOW, '<now>')
    .replace(/"recorded":\d+/, '"recorded":0')
    .replace(UUID, name)
    .replace(ENCODED, name)
}

/** Made at once, whole. */
const app = await testApp()
t.teardown(() => app[Symbol.asyncDispose]())

t.test('at once, added to a record, or sent by its structures: the same rows', async (t) => {
  const all = lotsIn(app).flatMap(({ lots }) => lots.flatMap(({ documents }) => [...documents]))
  t.same(
    documentKinds.filter((kind) => !all.some((document) => document.kind === kind)),
    [],
    'every kind of document is there',
  )
  for (const kind of documentKinds.filter(({ structured }) => structured))
    t.ok(all.some((document) => document.kind === kind && document.form === 'structured'))
  t.equal(new Set(all.map(({ form }) => form)).size, 3)
  t.ok(all.some(({ masked }) => masked) && all.some(({ archived }) => archived))

  t.match(await seeded(app), { records: 5, documents: 332 })
  const atOnce = await rowsOf(app)

  await using pushed = await testApp()
  await pushAll(t, pushed)
  same(t, atOnce, await rowsOf(pushed))

  await using added = await testApp()
  for (const { engine, record } of lotsIn(added)) await openRecord(engine, record.traits, [GP], Date.now())
  t.match(await seeded(added), { records: 5, documents: 332 })
  const opened = (rows: readonly string[] = []) => rows.filter((row) => row.includes('"provide-documents"'))
  const later = await rowsOf(added)
  same(t, { ...atOnce, audit: opened(atOnce.audit) }, { ...later, audit: opened(later.audit) })
  t.equal(opened(atOnce.audit).length, atOnce.document_list?.length)
})

/** Not as one: to find where large values differ takes tap minutes. */
function same(t: Test, one: Rows, other: Rows): void {
  t.same(Object.keys(one), Object.keys(other))
  for (const [table, rows] of Object.entries(one)) {
    const others = other[table] ?? []
    t.equal(rows.length, others.length, `${table}: as many rows`)
    const at = rows.findIndex((row, i) => row !== others[i])
    t.equal(rows[at], others[at], `${table}: the same rows`)
  }
  const filled = Object.keys(one).filter((table) => one[table]?.length)
  t.ok(filled.length >= 13, filled.join(' '))
}

t.test('seals hold, by the server itself', async (t) => {
  const rows = await app.query<{ patient_key: Uuid; id: Uuid }>(
    `select d.patient_key, d.id from document d where not masked and not archived order by d.body limit 12`,
  )
  const doctor = app.as(gp)
  for (const { patient_key: patientKey, id } of rows) {
    const answer = await doctor.get(`/DocumentReference/${formatResourceId({ patientKey, id })}/$verify`)
    t.match(answer.text, /"name":"verdict","valueCode":"intact"/)
  }
  t.equal(rows.length, 12)
})
