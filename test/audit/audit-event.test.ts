/** Traces as they are noted, stored, found again and shown: a golden file, validity, and no INS anywhere. */
import fc from 'fast-check'
import t from 'tap'
import { auditEvent } from '../../src/audit/audit-event.ts'
import { type InteractionName, interactions } from '../../src/audit/interaction-names.ts'
import { MAX_ENTITIES, Trace } from '../../src/audit/trace.ts'
import { utc } from '../../src/fhir/date.ts'
import { encodeUuid, NO_PATIENT, type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { isJsonObject, type JsonValue, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import type { Caller } from '../../src/policy/caller.ts'
import { parseDate } from '../../src/search/parameter-types/date.ts'
import type { TimePosition } from '../../src/search/time-position.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { insertTraces, type TraceRow } from '../../src/storage/insert-traces.ts'
import { readTrace, type StoredTrace, searchTraces } from '../../src/storage/search-traces.ts'
import { validate } from '../../src/validation/validate.ts'
import { testDatabase } from '../support/database.ts'
import { golden } from '../support/golden.ts'
import { callerWith, patientKey } from '../support/questions.ts'
import { testRegistry } from '../support/registry.ts'
import { newUuid } from '../support/stored-documents.ts'

const registry = testRegistry()
const server = 'https://dmp.test/fhir'
const start = Date.parse('2026-11-22T10:00:00.123Z')
const matricules = ['255069923100174', '155069923100175']
const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '255069923100174' }
const onBehalfOf = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '155069923100175' }
const documentId = uuidV7(start - 1000, new Uint8Array(10).fill(1))
const binaryId = uuidV7(start - 1000, new Uint8Array(10).fill(2))

const doctor = callerWith({ practitionerId: '810000000001', profession: '10', structureId: '1750000001' })
const callers: readonly (readonly [string, Caller | undefined])[] = [
  ['a doctor', doctor],
  ['nobody known', undefined],
  ['a structure', callerWith({ actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: '1750000001' })],
  ['the patient', callerWith({ actor: 'PATIENT', ins })],
  ['a representative', callerWith({ actor: 'REPRESENTANT_LEGAL', ins, onBehalfOf })],
  ['the administration', callerWith({ actor: 'ADMINISTRATION', authentication: 'INDIRECTE' })],
]

/** A trace of this interaction, the ids and times told by `n`. */
function traceOf(interaction: InteractionName, n: number, caller: Caller | undefined): Trace {
  const recorded = start + n
  const trace = new Trace({
    id: uuidV7(recorded, new Uint8Array(10).fill(n)),
    recorded,
    interaction,
    requestId: `request-${n}`,
    network: '192.0.2.7',
  })
  if (caller) trace.calledBy(caller, 'normal', '')
  return trace
}

const traced = (Object.keys(interactions) as InteractionName[]).filter(
  (name) => !('untraced' in interactions[name]),
)

/** One trace of each interaction, answered; then refusals and other callers. */
function rows(): Map<string, TraceRow> {
  const all = new Map<string, TraceRow>()
  traced.forEach((name, n) => {
    const trace = traceOf(name, n, doctor)
    const query =
      interactions[name].action === 'E' ? 'date=ge2026-01-01&type=http%3A%2F%2Floinc.org%7C11490-0' : ''
    trace.asks('DocumentReference', query)
    trace.inRecord(patientKey, false)
    trace.decided(['F8', 'A1', 'H1', 'V3'])
    trace.concerns('DocumentReference', encodeUuid(documentId), 2)
    trace.concerns('Binary', encodeUuid(binaryId), 1)
    all.set(name, trace.row(interactions[name].action === 'C' ? 201 : 200, ''))
  })
  callers.forEach(([who, caller], n) => {
    const trace = traceOf('read-document-reference', 100 + n, caller)
    trace.asks('DocumentReference')
    if (caller) trace.inRecord(patientKey, true)
    trace.decided(caller ? ['A1'] : [])
    all.set(
      `refused to ${who}`,
      trace.row(caller ? 403 : 401, caller ? 'autorisation-absente' : 'jeton-absent'),
    )
  })
  const emergency = traceOf('retrieve-document', 200, undefined)
  emergency.calledBy(doctor, 'bris_de_glace', 'Patient inconscient, « urgence » \\ vitale')
  emergency.inRecord(patientKey, false)
  emergency.decided(['A8'])
  all.set('emergency', emergency.row(500, 'interne'))
  const many = traceOf('search-document-references', 201, doctor)
  many.asks('DocumentReference')
  many.inRecord(patientKey, false)
  for (let i = 0; i < MAX_ENTITIES + 3; i++) many.concerns('DocumentReference', encodeUuid(documentId), i + 1)
  all.set('more than a trace names', many.row(200, ''))
  return all
}

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

async function stored(db: Database, row: TraceRow): Promise<StoredTrace> {
  const trace = await readTrace(db, row.patient_key, row.id, 'all')
  if (!trace) throw new Error(`${row.interaction} was not found again`)
  return trace
}

/** One element of an event to a line: a difference shows where it is. */
function linesOf(events: Readonly<Record<string, JsonValue>>): string {
  const blocks = Object.entries(events).map(([name, event]) => {
    const elements = isJsonObject(event) ? Object.entries(event) : []
    const lines = elements.map(([key, value]) => `    ${JSON.stringify(key)}: ${stringifyJson(value)}`)
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`
  })
  return `{\n${blocks.join(',\n')}\n}\n`
}

t.test('each interaction as an AuditEvent: golden, valid, without an INS', async (t) => {
  await withDatabase(async (db) => {
    const all = rows()
    await insertTraces(db, [...all.values()])
    const events: Record<string, JsonValue> = {}
    for (const [name, row] of all) {
      const event = parseJson(JSON.stringify(auditEvent(await stored(db, row), server)))
      t.same(validate(event, registry), [], `${name} is a valid AuditEvent`)
      events[name] = event
    }
    // So long a list would hide the rest of the file.
    const { 'more than a trace names': long, ...shown } = events
    const text = linesOf(shown)
    t.equal(text, golden('audit-events.json', text), 'as in test/golden/audit-events.json')
    const whole = stringifyJson(events)
    for (const matricule of matricules) t.notOk(whole.includes(matricule), 'T5: the patient by reference')
    t.ok(whole.includes(`Patient/${encodeUuid(patientKey)}`), 'not vacuous')
    t.match(stringifyJson(long ?? ''), /\+3 de plus/)
    t.equal(traced.length, Object.keys(events).filter((name) => name in interactions).length)
  })
})

t.test('outcome, action and who, as AuditEvent codes them', async (t) => {
  const trace = (status: number, caller: Caller | undefined = doctor) => {
    const one = traceOf('read-document-reference', 1, caller)
    one.inRecord(patientKey, true)
    return one.row(status, '')
  }
  t.same(
    [200, 201, 304, 400, 403, 404, 499, 500, 503].map((status) => trace(status).outcome).join(''),
    '000444488',
  )
  t.equal(trace(200, callerWith({ actor: 'PATIENT', ins })).person, 'patient')
  t.equal(trace(200).on_behalf_of, null)
  t.equal(trace(200, callerWith({ actor: 'REPRESENTANT_LEGAL', ins, onBehalfOf })).on_behalf_of, patientKey)
  t.equal(traceOf('livez', 1, undefined).row(404, '').patient_key, NO_PATIENT)
  const searched = traceOf('find-patient', 1, doctor)
  searched.asks('Patient', `identifier=${encodeURIComponent(`${ins.system}|${ins.value}`)}&_count=1`)
  t.notOk(
    JSON.stringify(searched.row(200, '')).includes(ins.value),
    'T5: no INS, even where FHIR puts it in the query',
  )
  t.match(searched.row(200, '').query, /identifier=.*_count=1/, 'the rest of the query stays')
  const second = traceOf('publish-document', 1, doctor)
  for (let i = 0; i < MAX_ENTITIES + 5; i++) second.concerns('DocumentReference', encodeUuid(documentId), 1)
  second.concernsOnly([{ type: 'List', id: encodeUuid(documentId), version: 1 }])
  t.same(second.row(201, '').entities, [`List/${encodeUuid(documentId)}/1`], 'a second attempt begins anew')
})

t.test('any text comes back as it was written, and renders as valid FHIR', async (t) => {
  await withDatabase(async (db) => {
    // What clients may put into headers, tokens and queries.
    const texts = fc
      .oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('"', '\\u0041', '{}', "'; drop table audit; --"),
      )
      .map((text) => text.replace(/\0|\p{Cs}/gu, ''))
    let n = 0
    let checked = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({ client: texts, motive: texts, query: texts, request_id: texts }),
        async (given) => {
          n++
          const base = traceOf('find-patient', 1, doctor).row(200, '')
          const id = uuidV7(start + n, new Uint8Array(10).fill(9))
          const row = {
            ...base,
            ...given,
            patient_key: patientKey,
            id,
            recorded: new Date(start + n).toISOString(),
          }
          await insertTraces(db, [row])
          const back = await stored(db, row)
          checked++
          return (
            JSON.stringify({ ...back, recorded: row.recorded }) ===
            JSON.stringify({
              ...Object.fromEntries(Object.keys(back).map((k) => [k, row[k as keyof TraceRow]])),
            })
          )
        },
      ),
      { numRuns: 200 },
    )
    t.equal(checked, 200)
  })
})

t.test('traces are found newest first, page by page, by day, and each person its own', async (t) => {
  await withDatabase(async (db) => {
    const people = ['ps:1', 'ps:2', 'patient']
    const all = Array.from({ length: 30 }, (_, i) => {
      // Three to the millisecond: the id decides between them.
      const recorded = start + Math.floor(i / 3) * 3_600_000
      const base = traceOf('read-document-reference', 1, doctor).row(200, '')
      const id = uuidV7(recorded, new Uint8Array(10).fill((i * 7) % 31))
      return {
        ...base,
        patient_key: patientKey,
        person: people[i % 3] ?? '',
        id,
        recorded: new Date(recorded).toISOString(),
      }
    })
    await insertTraces(db, all)
    await insertTraces(
      db,
      all.map((row) => ({ ...row, patient_key: newUuid() })),
    )
    const newest = [...all]
      .sort((a, b) => (a.recorded + a.id < b.recorded + b.id ? 1 : -1))
      .map(({ id }) => id)
    for (const size of [1, 2, 3, 7, 29, 30, 31]) {
      const found: Uuid[] = []
      let after: TimePosition | undefined
      for (;;) {
        const { traces, more } = await searchTraces(db, patientKey, 'all', [], after, size)
        found.push(...traces.map(({ id }) => id))
        const last = traces.at(-1)
        if (!more || !last) break
        after = { at: last.recorded, id: last.id }
      }
      t.same(found, newest, `pages of ${size}`)
    }
    const own = await searchTraces(db, patientKey, { person: 'ps:1' }, [], undefined, 100)
    t.equal(own.traces.length, 10)
    t.ok(own.traces.every(({ person }) => person === 'ps:1'))
    const value = parseDate('gt2026-11-22T12:30:00Z', utc)
    if (!value) throw new Error('no date')
    const late = await searchTraces(
      db,
      patientKey,
      'all',
      [{ kind: 'date', parameter: 'date', values: [value] }],
      undefined,
      100,
    )
    t.equal(late.traces.length, all.filter(({ recorded }) => recorded > '2026-11-22T12:30:01').length)
    const someone = all[0]
    if (!someone) throw new Error('no trace')
    t.equal((await readTrace(db, patientKey, someone.id, 'all'))?.id, someone.id)
    t.equal(
      await readTrace(db, patientKey, someone.id, { person: 'ps:9' }),
      undefined,
      'another person’s is unknown',
    )
    t.equal(await readTrace(db, newUuid(), someone.id, 'all'), undefined, 'and so is another record’s')
    for (const id of [newUuid(), NO_PATIENT, 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid])
      t.equal(await readTrace(db, patientKey, id, 'all'), undefined, `${id}: made up, and no error`)
  })
})
