/**
 * Traces as they are noted, stored, found again and shown in each of their forms: golden files, validity against R4 and
 * against the profiles that they claim, and no INS anywhere.
 */

import t from 'tap'
import type { About } from '../../src/audit/forms/about.ts'
import { basicProfiles } from '../../src/audit/forms/claimed-profiles.ts'
import { DECISION, isDecision, isDenied } from '../../src/audit/forms/decision.ts'
import { formOfProfile, knownForms, type TraceForm } from '../../src/audit/forms/form-of-profile.ts'
import { renderTrace } from '../../src/audit/forms/render-trace.ts'
import type { ShownTrace } from '../../src/audit/forms/shown-trace.ts'
import { TDE } from '../../src/audit/forms/tde.ts'
import { type InteractionName, interactions } from '../../src/audit/interaction-names.ts'
import { interactionWords, wordsOf } from '../../src/audit/interaction-words.ts'
import { MAX_ENTITIES, Trace } from '../../src/audit/trace.ts'
import { loadProfileGuides } from '../../src/definitions/load-profile-guides.ts'
import { errorCatalogue } from '../../src/fhir/error-catalogue.ts'
import { encodeUuid, NO_PATIENT, type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  stringifyJson,
} from '../../src/fhir/json.ts'
import { withoutMatricules, withoutMatriculesInText } from '../../src/fhir/without-matricules.ts'
import type { Caller } from '../../src/policy/caller.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { insertTraces, type TraceRow } from '../../src/storage/traces/insert-traces.ts'
import { readTrace, type StoredTrace, searchTraces } from '../../src/storage/traces/search-traces.ts'
import { every } from '../../src/storage/traces/trace-condition.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { testApp } from '../support/app.ts'
import { choice } from '../support/builders.ts'
import { codePoint } from '../support/code-point.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { golden } from '../support/golden.ts'
import { resourceOf } from '../support/http-client.ts'
import { administration, matricule, representative } from '../support/personas.ts'
import { profilesFolder, terminology } from '../support/profiles.ts'
import { callerWith, patientKey } from '../support/questions.ts'
import { openTestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'
import { newUuid } from '../support/stored-documents.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { testChain } from '../support/test-chain.ts'

const registry = testRegistry()
const guides = loadProfileGuides(profilesFolder, '2026-01')
const loaded = compileProfiles(guides.structures, { registry, valueSet: guides.valueSet })
const server = 'https://dmp.test/fhir'
const start = Date.parse('2026-11-22T10:00:00.123Z')
const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '255069923100174' }
const onBehalfOf = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '155069923100175' }
const made = (n: number): Uuid => uuidV7(start - 1000, new Uint8Array(10).fill(n))
const [documentId, binaryId, setId, consentId, delegationId] = [made(1), made(2), made(3), made(4), made(5)]
const about: About = { server, professions: terminology.professions, consent: consentId }
const forms: readonly TraceForm[] = ['balp', 'tde', 'decision']
const chain = testChain()

const doctor = callerWith({ practitionerId: '810000000001', profession: '10', structureId: '1750000001' })
const callers: readonly (readonly [string, Caller | undefined])[] = [
  ['a doctor', doctor],
  ['nobody known', undefined],
  [
    'a secretariat',
    callerWith({ actor: 'NON_PS', practitionerId: '3750000001/12', structureId: '1750000001' }),
  ],
  ['a structure', callerWith({ actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: '1750000001' })],
  ['the patient', callerWith({ actor: 'PATIENT', ins })],
  ['a representative', callerWith({ actor: 'REPRESENTANT_LEGAL', ins, onBehalfOf })],
  ['an aidant', callerWith({ actor: 'AIDANT', ins, onBehalfOf })],
  ['the Assurance Maladie', callerWith({ actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' })],
  ['an auditor', callerWith({ actor: 'AUDITEUR' })],
  ['the administration', callerWith({ actor: 'ADMINISTRATION', authentication: 'INDIRECTE' })],
]

/** A trace of this interaction, the ids and times told by `n`. */
function traceOf(
  interaction: InteractionName,
  n: number,
  caller: Caller | undefined,
  network = '192.0.2.7',
): Trace {
  const recorded = start + n
  const trace = new Trace({
    id: uuidV7(recorded, new Uint8Array(10).fill(n % 256)),
    recorded,
    interaction,
    requestId: network === '' ? '' : `request-${n}`,
    network,
    chain,
  })
  if (caller) trace.calledBy(caller, 'normal', '')
  return trace
}

/** As it is read back; a test below holds that this is what the database gives. */
function asStored({ recorded, notices: _, chain: __, ...row }: TraceRow): StoredTrace {
  return { ...row, recorded: Date.parse(recorded) }
}

const traced = (Object.keys(interactions) as InteractionName[]).filter(
  (name) => !('untraced' in interactions[name]),
)

/** A request in the record that was answered with a document, its bytes and its lot. */
function answered(name: InteractionName, n: number, caller: Caller | undefined = doctor): Trace {
  const trace = traceOf(name, n, caller)
  const isSearch = interactions[name].action === 'E'
  trace.asks('DocumentReference', isSearch ? 'date=ge2026-01-01&type=http%3A%2F%2Floinc.org%7C11490-0' : '')
  trace.inRecord(patientKey, true, caller?.onBehalfOf ? delegationId : undefined)
  trace.decided(['F8', 'A1', 'H1', 'V3'])
  trace.concerns('List', encodeUuid(setId), 1)
  trace.concerns('DocumentReference', encodeUuid(documentId), 2)
  if (name === 'retrieve-document') trace.concerns('Binary', encodeUuid(binaryId), 1)
  return trace
}

function success(name: InteractionName, n: number, caller?: Caller): ShownTrace {
  return asStored(answered(name, n, caller).row(interactions[name].action === 'C' ? 201 : 200, ''))
}

/** One trace of each kind; then who may ask, what may be refused, and what nobody asked for. */
function kinds(): ReadonlyMap<string, ShownTrace> {
  const all = new Map<string, ShownTrace>()
  const ofKind: readonly InteractionName[] = [
    'read-document-reference',
    'vread-document-reference',
    'search-document-references',
    'search-lists',
    'retrieve-document',
    'provide-documents',
    'publish-document',
    'generate-metadata',
    'change-document',
    'delete-subscription',
    'document-history',
    'synthese',
  ]
  for (const [n, name] of ofKind.entries()) all.set(name, success(name, n))
  const elsewhere = traceOf('search-type', 20, doctor)
  elsewhere.asks('Organization', 'name=H%C3%B4pital')
  all.set('a search in no record', asStored(elsewhere.row(200, '')))
  const many = traceOf('search-document-references', 21, doctor)
  many.asks('DocumentReference')
  many.inRecord(patientKey, false)
  for (let i = 0; i < MAX_ENTITIES + 3; i++) many.concerns('DocumentReference', encodeUuid(documentId), i + 1)
  const { entities, ...rest } = asStored(many.row(200, ''))
  all.set('more than a trace names', { ...rest, entities: [...entities.slice(0, 1), ...entities.slice(-1)] })
  const hidden = success('search-document-references', 22)
  all.set('what its reader may not see', { ...hidden, entities: [], query: '', withheld: true })
  for (const [n, [who, caller]] of callers.entries()) {
    const trace = traceOf('read-document-reference', 100 + n, caller)
    trace.asks('DocumentReference')
    if (caller) trace.inRecord(patientKey, true, caller.onBehalfOf ? delegationId : undefined)
    trace.decided(caller ? ['A1'] : [])
    const refused = caller ? trace.row(403, 'autorisation-absente') : trace.row(401, 'jeton-absent')
    all.set(`refused to ${who}`, asStored(refused))
    if (caller) all.set(`read by ${who}`, success('read-document-reference', 120 + n, caller))
  }
  const stranger = traceOf('read-document-reference', 150, callerWith({ actor: 'PATIENT', ins }))
  stranger.inRecord(patientKey, false)
  stranger.decided(['P1'])
  all.set('refused to another patient', asStored(stranger.row(404, 'inconnu')))
  for (const [n, mode] of (['bris_de_glace', 'centre_15'] as const).entries()) {
    const emergency = traceOf('retrieve-document', 200 + n, undefined)
    emergency.calledBy(doctor, mode, mode === 'centre_15' ? '' : 'Patient inconscient, « urgence » \\ vitale')
    emergency.inRecord(patientKey, false)
    emergency.decided(['F10', mode === 'centre_15' ? 'A9' : 'A8'])
    emergency.concerns('DocumentReference', encodeUuid(documentId), 2)
    emergency.concerns('Binary', encodeUuid(binaryId), 1)
    all.set(mode, asStored(emergency.row(200, '')))
    all.set(`${mode}, failed`, asStored(emergency.row(500, 'interne')))
  }
  const job = traceOf('reveal-document', 210, undefined, '')
  job.inRecord(patientKey, false)
  job.concerns('DocumentReference', encodeUuid(documentId), 3)
  all.set('a job of the server', asStored(job.row(200, '')))
  const told = traceOf('deliver-notification', 211, doctor, 'receiver.test')
  told.asks('Subscription')
  told.inRecord(patientKey, false)
  told.concerns('DocumentReference', encodeUuid(documentId), 3)
  all.set('a subscriber told', asStored(told.row(200, '')))
  const destroyed = traceOf('destroy-record', 212, undefined, '')
  destroyed.asks('Patient')
  destroyed.decided(['D10'])
  destroyed.concerns('Patient', encodeUuid(patientKey), 1)
  all.set('destroyed by the operator', { ...asStored(destroyed.row(200, '')), actor: 'SYSTEME' })
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

/** As it is read from JSON: what has no place there is seen. */
function rendered(trace: ShownTrace, form: TraceForm, of = about): JsonObject {
  const event = parseJson(stringifyJson(renderTrace(trace, form, of)))
  if (!isJsonObject(event)) throw new Error('no resource')
  return event
}

function claimsOf({ meta }: JsonObject): string[] {
  return isJsonObject(meta) && Array.isArray(meta.profile) ? meta.profile.map(String) : []
}

/** What is wrong with an event by R4, and by the profiles that it claims: those that are not known too. */
function faultsOf(event: JsonObject): unknown[] {
  const unknown = claimsOf(event).filter((url) => loaded.profile(url) === undefined)
  return [...unknown, ...validate(event, registry, { loaded })]
}

/** One element of an event to a line: a difference shows where it is. */
function linesOf(events: Readonly<Record<string, JsonValue>>): string {
  const blocks = Object.entries(events).map(([name, event]) => {
    const elements = isJsonObject(event) ? Object.entries(event) : []
    const lines = elements.flatMap(([key, value]) =>
      Array.isArray(value) && value.some(isJsonObject)
        ? `    ${JSON.stringify(key)}: [\n${value.map((one) => `      ${stringifyJson(one)}`).join(',\n')}\n    ]`
        : `    ${JSON.stringify(key)}: ${stringifyJson(value)}`,
    )
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`
  })
  return `{\n${blocks.join(',\n')}\n}\n`
}

/** Of who may ask, one golden form says it all. */
const ofManyCallers = /^(read by|refused to) an? (?!doctor|representative)|^(read by|refused to) the/

for (const form of forms) {
  t.test(`each kind of trace in the form ${form}: golden, valid, and what it claims`, async (t) => {
    const events: Record<string, JsonValue> = {}
    let checked = 0
    for (const [name, trace] of kinds()) {
      if (form === 'decision' && !isDecision(trace)) continue
      const event = rendered(trace, form)
      t.same(faultsOf(event), [], name)
      checked++
      if (form === 'balp' || !ofManyCallers.test(name)) events[name] = event
    }
    const file = form === 'balp' ? 'audit-events.json' : `audit-events-${form}.json`
    const text = linesOf(events)
    t.equal(text, golden(file, text), `as in test/golden/${file}`)
    t.ok(text.includes(`Patient/${encodeUuid(patientKey)}`), 'T5: the patient by reference')
    t.ok(checked > 30)
  })
}

const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'
const MHD = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.'

t.test('what a trace claims: the pattern of its interaction, and none where it does not hold', async (t) => {
  const claims = (trace: ShownTrace): string[] =>
    claimsOf(rendered(trace, 'balp')).map((url) => url.replace(BALP, '').replace(MHD, ''))
  const expected: readonly (readonly [InteractionName, ...string[]])[] = [
    ['read-document-reference', 'PatientRead'],
    ['vread-document-reference', 'PatientRead'],
    ['retrieve-document', 'PatientRead', 'RetrieveDocument.Audit.Responder'],
    ['search-document-references', 'PatientQuery', 'FindDocumentReferences.Audit.Responder'],
    ['search-lists', 'PatientQuery', 'FindDocumentLists.Audit.Responder'],
    ['search-traces', 'PatientQuery'],
    ['provide-documents', 'ProvideBundle.Audit.Recipient'],
    ['publish-document', 'PatientCreate', 'SimplifiedPublish.Audit.Recipient'],
    ['generate-metadata', 'PatientCreate', 'GenerateMetadata.Audit.Recipient'],
    ['create-consent', 'PatientCreate'],
    ['change-document', 'PatientUpdate'],
    ['update-consent', 'PatientUpdate'],
    ['delete-subscription', 'PatientDelete'],
    ['read-patient', 'PatientRead'],
    ['synthese'],
    ['document-history'],
    ['close-record'],
  ]
  for (const [name, ...profiles] of expected) t.same(claims(success(name, 1)), profiles, name)
  const nowhere = { patient_key: NO_PATIENT }
  t.same(claims({ ...success('search-document-references', 1), ...nowhere }), ['Query'])
  t.same(claims({ ...success('read', 1), ...nowhere }), ['Read'])
  t.same(claims({ ...success('create', 1), ...nowhere }), ['Create'])
  t.same(claims({ ...success('patch', 1), ...nowhere }), ['Update'])
  t.same(claims({ ...success('delete', 1), ...nowhere }), ['Delete'])
  const told = new Set(
    [...expected.flatMap(([name]) => [success(name, 1)]), ...kinds().values()]
      .flatMap((trace) => [trace, { ...trace, ...nowhere }])
      .flatMap((trace) => claimsOf(rendered(trace, 'balp'))),
  )
  t.same([...told].sort(), [...basicProfiles].sort(), 'each of them is claimed by some trace')
  for (const [why, other] of [
    ['refused', { outcome: '4', status: 403, error: 'autorisation-absente' }],
    ['withheld', { withheld: true, entities: [], query: '' }],
    ['by nobody over the network', { network: '' }],
  ] as const) {
    for (const [name] of expected) t.same(claims({ ...success(name, 1), ...other }), [], `${name}, ${why}`)
  }
  t.same(claims({ ...success('read', 1), entities: [] }), [], 'without what was read there is no read')
  t.same(
    claims({
      ...success('retrieve-document', 1),
      entities: [`DocumentReference/${encodeUuid(documentId)}/1`],
    }),
    ['PatientRead'],
  )
})

t.test('every interaction × outcome × form is valid, and holds what it claims', async (t) => {
  const outcomes = [
    [200, ''],
    [304, ''],
    [400, 'motif-absent'],
    [403, 'autorisation-absente'],
    [404, 'inconnu'],
    [500, 'interne'],
  ] as const
  let claimed = 0
  for (const [n, name] of traced.entries()) {
    t.ok(name in interactionWords, `${name} has words in src/audit/interaction-words.ts`)
    const faults = outcomes.flatMap(([status, error]) =>
      forms.flatMap((form) => {
        const trace = asStored(answered(name, n).row(status, error))
        const event = rendered(trace, form)
        claimed += claimsOf(event).length
        return faultsOf(event)
      }),
    )
    t.same(faults, [], name)
  }
  t.ok(claimed > traced.length * outcomes.length, `${claimed} claims were held`)
  for (const name of Object.keys(interactionWords))
    t.ok(
      traced.some((known) => known === name),
      name,
    )
  t.equal(wordsOf('no-longer-known'), 'no-longer-known')
})

t.test('a decision: who may have one, and what was decided', async (t) => {
  const permitted = success('read-document-reference', 1)
  t.ok(isDecision(permitted))
  t.same(claimsOf(rendered(permitted, 'decision')), [DECISION])
  t.same(rendered(permitted, 'decision').outcome, '0')
  const refused = asStored(answered('read-document-reference', 1).row(403, 'professionnel-bloque'))
  t.match(rendered(refused, 'decision'), { outcome: '8', outcomeDesc: /professionnel-bloque/ })
  t.same(claimsOf(rendered(refused, 'decision')), [DECISION], 'a denial is a decision')
  const missing = asStored(answered('read-document-reference', 1).row(404, 'inconnu'))
  t.notOk(isDenied(missing), 'what is not there was not denied')
  t.ok(isDenied({ ...missing, rules: ['P1'] }))
  t.ok(isDenied({ ...missing, status: 410, error: 'dossier-ferme', rules: ['A12'] }))
  t.ok(isDenied({ ...missing, status: 400, error: 'motif-absent', rules: ['A8'] }))
  t.same(
    claimsOf(rendered(permitted, 'decision', { server })),
    [],
    'without the Consent the pattern does not hold',
  )
  t.same(claimsOf(rendered(success('read', 1, callers[4]?.[1]), 'decision')), [], 'nor without a structure')
  for (const [why, none] of [
    ['no record', { patient_key: NO_PATIENT }],
    ['no rule', { rules: [] }],
    ['a secret connection alone', { rules: ['V5'] }],
    ['nobody known', { actor: '' }],
  ] as const) {
    t.notOk(isDecision({ ...permitted, ...none }), why)
  }
  t.equal(formOfProfile(TDE), 'tde')
  t.equal(formOfProfile(`${DECISION}|1.1.5`), 'decision')
  t.equal(formOfProfile(`${BALP}Read`), undefined)
  t.same(knownForms, [TDE, DECISION])
})

t.test('who acts for the holder is not the holder', async (t) => {
  const userOf = (trace: ShownTrace): JsonValue | undefined => {
    const { agent } = rendered(trace, 'balp')
    return Array.isArray(agent) ? agent.find((one) => isJsonObject(one) && one.requestor === true) : undefined
  }
  const patient = `Patient/${encodeUuid(patientKey)}`
  t.match(userOf(success('read', 1, callers[4]?.[1])), { who: { reference: patient } })
  const parent = userOf(success('read', 1, callers[5]?.[1]))
  t.match(parent, {
    extension: [{ valueReference: { reference: patient } }],
    who: {
      type: 'RelatedPerson',
      identifier: { value: encodeUuid(delegationId) },
      display: 'Représentant légal',
    },
  })
  t.notOk(JSON.stringify(isJsonObject(parent) ? parent.who : '').includes(patient))
  const stranger = kinds().get('refused to another patient')
  if (!stranger) throw new Error('no such trace')
  t.same(isJsonObject(userOf(stranger)) && Object(userOf(stranger)).who, {
    type: 'Patient',
    display: 'Une autre personne',
  })
})

t.test('outcome and who, as AuditEvent codes them', async (t) => {
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
  const unknown = trace(200, callerWith({ actor: 'REPRESENTANT_LEGAL', ins, onBehalfOf }))
  t.equal(unknown.on_behalf_of, patientKey)
  t.equal(unknown.person, 'patient', 'one whom the record does not know has no Consent')
  t.equal(traceOf('livez', 1, undefined).row(404, '').patient_key, NO_PATIENT)
  const searched = traceOf('find-patient', 1, doctor)
  searched.asks('Patient', `identifier=${encodeURIComponent(`${ins.system}|${ins.value}`)}&_count=1`)
  t.notOk(
    JSON.stringify({ ...searched.row(200, ''), chain: null }).includes(ins.value),
    'T5: no INS, even where FHIR puts it in the query',
  )
  t.match(searched.row(200, '').query, /identifier=.*_count=1/, 'the rest of the query stays')
  const second = traceOf('publish-document', 1, doctor)
  for (let i = 0; i < MAX_ENTITIES + 5; i++) second.concerns('DocumentReference', encodeUuid(documentId), 1)
  second.concernsOnly([{ type: 'List', id: encodeUuid(documentId), version: 1 }])
  t.same(second.row(201, '').entities, [`List/${encodeUuid(documentId)}/1`], 'a second attempt begins anew')
})

const matricules = ['255069923100174', '2550699231001', '124012A493334', '124012A49333447']
const spaced = ['2 55 06 99 231 001 74', '2.55.06.99.231.001', '1 24 01 2a 493 334 47', ...matricules]

t.test('what has the form of a matricule is blotted out of a motive, and nothing else', async (t) => {
  for (const matricule of spaced)
    t.equal(
      withoutMatriculesInText(`Appel de ${matricule}, inconscient`),
      'Appel de ***, inconscient',
      matricule,
    )
  for (const text of [
    'Chambre 12, lit 3, né le 1955-06-12',
    'rappeler le 06 12 34 56 78',
    'reçu : INS, 12 pages',
    '0192f0c1-2b3c-7d4e-8f50-617283940a1b',
    '12345678-1234-4123-8123-123456789012',
  ])
    t.equal(withoutMatriculesInText(text), text, text)
  t.equal(withoutMatriculesInText('INS255069923100174 connu'), 'INS*** connu')
})

t.test('no UUID has the form of a matricule: a trace is found by the id of its request', async (t) => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789a'), minLength: 32, maxLength: 32 })
  const uuid = digits.map((text) => text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  fc.assert(
    fc.property(uuid, (text) => withoutMatriculesInText(text) === text && withoutMatricules(text) === text),
    { numRuns: 2000, examples: [['3877c6b9-032a-4537-a327-122112559943']] },
  )
  t.end()
})

t.test('and out of a query, however it was encoded; the rest of it stays', async (t) => {
  const encoded = (text: string, times: number): string =>
    times === 0 ? text : encoded(encodeURIComponent(text), times - 1)
  for (const matricule of [
    ...spaced,
    'INS255069923100174',
    '2\u00a055\u00a006\u00a099\u00a0231\u00a0001\u00a074',
  ])
    for (const text of [matricule, `urn:oid:1.2.250.1.213.1.4.10|${matricule}`, `${matricule},${matricule}`])
      for (const times of [1, 2, 3]) {
        const query = `identifier=${encoded(text, times)}&date=ge2026-01-01T00%3A00%3A00Z&_count=1`
        const [first = '', ...rest] = withoutMatricules(query).split('&')
        t.match(decodeURIComponent(first), /\*\*\*/, query)
        t.notMatch(decodeURIComponent(first).replace(/^identifier=urn:oid:[\d.]+/, ''), /\d/, query)
        t.equal(rest.join('&'), 'date=ge2026-01-01T00%3A00%3A00Z&_count=1')
      }
  for (const query of ['identifier=urn%3Aoid%3A1.2.250.1.999.25284.12', 'description=100%25%20%E9', '%zz=%2'])
    t.equal(withoutMatricules(query), query)
})

/** What clients may put into headers, tokens and queries. */
const texts = fc
  .oneof(
    fc.string(),
    fc.string({ unit: codePoint }),
    fc.constantFrom('"', '\\u0041', '{}', "'; drop table audit; --", ' '),
  )
  .map((text) => text.replace(/\0|\p{Cs}/gu, ''))

t.test('T5: no form of any trace holds an INS, and each is valid and holds what it claims', async (t) => {
  // FHIR has no empty strings, and no control characters but white space.
  const said = fc
    .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
    .map((text) => `a${text.replace(/\p{Cc}/gu, '')}`)
  const holding = (which: readonly string[], ...between: string[]): fc.Arbitrary<string> =>
    fc
      .tuple(said, fc.constantFrom(...which), fc.constantFrom(...between), said)
      .map(([before, matricule, between, after]) => `${before}${between}${matricule}${between}${after}`)
  const free = fc.oneof(said, holding(matricules, ' ', '|', '=', '/', ':', '%7C', '&'))
  const names = fc.constantFrom(
    'DocumentReference',
    'List',
    'Binary',
    'Bundle',
    'Consent',
    'CareTeam',
    'Patient',
    'Subscription',
  )
  const id = fc.uint8Array({ minLength: 10, maxLength: 10 }).map((bytes) => encodeUuid(uuidV7(start, bytes)))
  const entity = fc.tuple(names, id, fc.integer({ min: 1, max: 999 })).map((parts) => parts.join('/'))
  const some = (text: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(''), text)
  const anyTrace: fc.Arbitrary<ShownTrace> = fc
    .record({
      patient_key: fc.constantFrom(patientKey, NO_PATIENT),
      recorded: fc.integer({ min: 0, max: 4e12 }),
      id: fc.constant(documentId),
      interaction: fc.constantFrom(...traced),
      status: fc.constantFrom(200, 201, 304, 400, 401, 403, 404, 409, 410, 500, 503),
      error: some(fc.constantFrom(...Object.keys(errorCatalogue))),
      actor: fc.constantFrom('', 'SYSTEME', ...callers.flatMap(([, caller]) => caller?.actor ?? [])),
      authentication: fc.constantFrom('', 'DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE'),
      person: fc.constantFrom(
        '',
        'patient',
        'ps:810000000001',
        'ps:3750000001/12',
        `rp:${encodeUuid(delegationId)}`,
      ),
      organization: fc.constantFrom('', 'st:1750000001'),
      profession: fc.constantFrom('', '10', '60', '99', 'SI05'),
      client: some(free),
      on_behalf_of: fc.constantFrom(null, patientKey),
      mode: fc.constantFrom('normal', 'bris_de_glace', 'centre_15'),
      motive: some(fc.oneof(said, holding(spaced, ' ', ' : ', ', ', '/', '('))),
      rules: fc.subarray(['P1', 'F8', 'A1', 'A8', 'H1', 'V3', 'V5']),
      resource_type: fc.oneof(fc.constant(''), names),
      entities: fc
        .tuple(fc.array(entity, { maxLength: 6 }), fc.integer({ min: 0, max: 3 }))
        .map(([list, more]) => (more === 0 ? list : [...list, `+${more}`])),
      query: some(free),
      request_id: some(free),
      network: fc.constantFrom('', '192.0.2.7', '2001:db8::7', 'receiver.test'),
      withheld: fc.constantFrom(true, false),
    })
    .map(({ withheld, status, ...trace }) => ({
      ...trace,
      status,
      outcome: status < 400 ? '0' : status < 500 ? '4' : '8',
      ...(withheld ? { withheld: true, entities: [], query: '' } : {}),
    }))
  let claimed = 0
  let blotted = 0
  await fc.assert(
    fc.property(anyTrace, fc.constantFrom(...forms), (trace, form) => {
      const event = rendered(trace, form)
      const text = stringifyJson(event)
      const queries = text.match(/"query":"[^"]+"/g) ?? []
      const whole = [
        text,
        ...queries.map((query) => Buffer.from(query.slice(9, -1), 'base64').toString()),
      ].join('\n')
      claimed += claimsOf(event).length
      if (whole.includes('***')) blotted++
      const leaked = spaced.filter((matricule) => whole.includes(matricule))
      const faults = faultsOf(event)
      if (leaked.length + faults.length > 0) throw new Error(JSON.stringify({ leaked, faults }))
    }),
    { numRuns: 1500 },
  )
  t.ok(claimed > 500, `${claimed} claims were held`)
  t.ok(blotted > 300, `${blotted} matricules were blotted out`)
})

t.test('any text comes back as it was written', async (t) => {
  await withDatabase(async (db) => {
    let n = 0
    let checked = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({ client: texts, motive: texts, query: texts, request_id: texts }),
        async (given) => {
          n++
          const base = traceOf('find-patient', 1, doctor).row(200, '')
          const id = uuidV7(start + n, new Uint8Array(10).fill(9))
          const recorded = new Date(start + n).toISOString()
          const row = { ...base, ...given, patient_key: patientKey, id, recorded }
          await insertTraces(db, [row])
          t.strictSame(await stored(db, row), asStored(row))
          checked++
        },
      ),
      { numRuns: 100 },
    )
    t.equal(checked, 100)
    for (const [name, trace] of kinds()) {
      const { recorded, ...rest } = trace
      const id = newUuid(recorded)
      const row = { ...rest, id, recorded: new Date(recorded).toISOString(), notices: [], chain }
      await insertTraces(db, [row])
      t.match({ ...trace, id }, await stored(db, row), name)
    }
  })
})

t.test('traces are found newest first, page by page, and each person its own', async (t) => {
  await withDatabase(async (db) => {
    const people = ['ps:1', 'ps:2', 'patient']
    const all = Array.from({ length: 30 }, (_, i) => {
      // Three to the millisecond: the rest of the id decides between them.
      const recorded = start + Math.floor(i / 3) * 3_600_000
      const base = traceOf('read-document-reference', 1, doctor).row(200, '')
      const id = uuidV7(recorded, new Uint8Array(10).fill((i * 7) % 31))
      const person = people[i % 3] ?? ''
      return { ...base, patient_key: patientKey, person, id, recorded: new Date(recorded).toISOString() }
    })
    await insertTraces(db, all)
    await insertTraces(
      db,
      all.map((row) => ({ ...row, patient_key: newUuid() })),
    )
    const newest = all.map(({ id }) => id).sort((a, b) => (a < b ? 1 : -1))
    const asked = { patientKey, reach: 'all', condition: every } as const
    for (const count of [1, 2, 3, 7, 29, 30, 31]) {
      const found: Uuid[] = []
      let after: Uuid | undefined
      for (;;) {
        const { traces, more } = await searchTraces(db, asked, { order: 'newest first', after, count })
        found.push(...traces.map(({ id }) => id))
        after = traces.at(-1)?.id
        if (!more) break
      }
      t.same(found, newest, `pages of ${count}`)
    }
    const page = { order: 'newest first', after: undefined, count: 100 } as const
    const own = await searchTraces(db, { ...asked, reach: { person: 'ps:1' } }, page)
    t.equal(own.traces.length, 10)
    t.ok(own.traces.every(({ person }) => person === 'ps:1'))
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

t.test(
  'two parents are two in the traces of their child, named by the Consents that say who they are',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1), { birthDate: '2014-06-15' })
    const consents: string[] = []
    for (const person of [matricule(11), matricule(12)]) {
      const named = await app
        .as(administration)
        .post('/Consent', choice('representation', record.id, { person }))
      consents.push(resourceOf(named, 'Consent').id ?? '')
      t.equal((await app.as(representative(person, record.ins)).get(`/Patient/${record.id}`)).status, 200)
    }
    const reads = (await storedTraces((text) => app.query(text))).filter(
      ({ interaction }) => interaction === 'read-patient',
    )
    t.same(
      reads.map(({ person, patient_key }) => `${encodeUuid(patient_key)}.${person.replace('rp:', '')}`),
      consents,
    )
    t.same(new Set(consents).size, 2)
  },
)
