/**
 * Each request leaves exactly one trace, whatever became of it; nothing personal stands in traces, logs or errors; what is
 * recorded stays; and where no trace can be written, nothing is answered.
 * @see docs/policy.md I4, T1 to T5
 */
import type { AuditEvent, Bundle } from '@medplum/fhirtypes'
import tap from 'tap'
import { NO_PATIENT } from '../../src/fhir/id.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import type { StoredTrace } from '../../src/storage/traces/trace-columns.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { consent, patient, provideBundle, simplifiedPublish } from '../support/builders.ts'
import { type Client, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { administration, auditor, gp, hospital, matricule, nurse, otherGp } from '../support/personas.ts'
import { byIns, openTestRecord, type TestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'

type TracedRequest = StoredTrace & { readonly named: boolean }

async function lastTrace(app: TestApp, requestId: string | undefined): Promise<TracedRequest[]> {
  const all = await storedTraces((text) => app.query(text))
  return all
    .filter(({ request_id }) => request_id === requestId)
    .map((trace) => ({ ...trace, named: trace.patient_key !== NO_PATIENT }))
}

const brief = ({ interaction, status, error, actor, named }: TracedRequest): string =>
  [interaction, status, error || '-', actor || '-', named ? 'record' : '-'].join(' ')

tap.test('one row for each request, refused, unknown and malformed ones too (T1)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { documentId, binaryId, listId, uniqueId } = await record.push()
  const gpCalls = app.as(gp)
  const nobody = app.withHeader()
  const ins = encodeURIComponent(`${record.ins.system}|${record.ins.value}`)
  const repeat = provideBundle({ ins: record.ins, uniqueId })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const cases: readonly (readonly [string, () => Promise<Received>])[] = [
    [
      'search-document-references 403 autorisation-absente PS record',
      () => gpCalls.get(`/DocumentReference?${byIns(record.ins)}`),
    ],
    [
      'create-consent 201 - PS record',
      () => gpCalls.post('/Consent', consent('autorisation', record.id, gp.nationalId ?? '')),
    ],
    [
      'search-document-references 200 - PS record',
      () => gpCalls.get(`/DocumentReference?${byIns(record.ins)}`),
    ],
    [
      'search-document-references 200 - PS record',
      () => gpCalls.request('POST', '/DocumentReference/_search', { body: byIns(record.ins), headers: form }),
    ],
    [
      'search-document-references 404 inconnu PS -',
      () => gpCalls.get(`/DocumentReference?${byIns(matricule(404))}`),
    ],
    ['search-document-references 400 parametre-inconnu PS -', () => gpCalls.get('/DocumentReference?foo=1')],
    ['read-document-reference 200 - PS record', () => gpCalls.get(`/DocumentReference/${documentId}`)],
    [
      'read-document-reference 304 - PS record',
      () => gpCalls.get(`/DocumentReference/${documentId}`, { 'if-none-match': 'W/"1"' }),
    ],
    [
      'read-document-reference 200 - PS record',
      () => gpCalls.request('HEAD', `/DocumentReference/${documentId}`),
    ],
    [
      'vread-document-reference 200 - PS record',
      () => gpCalls.get(`/DocumentReference/${documentId}/_history/1`),
    ],
    [
      'read-document-reference 404 inconnu PS record',
      () => gpCalls.get(`/DocumentReference/${record.id}.00000000000000000000000000`),
    ],
    ['read-document-reference 404 inconnu PS -', () => gpCalls.get('/DocumentReference/nothing')],
    ['retrieve-document 200 - PS record', () => gpCalls.get(`/Binary/${binaryId}`)],
    [
      'retrieve-document 406 format-demande PS record',
      () => gpCalls.get(`/Binary/${binaryId}`, { accept: 'image/png' }),
    ],
    ['read-resource 200 - PS record', () => gpCalls.get(`/List/${listId}`)],
    ['read-patient 200 - PS record', () => gpCalls.get(`/Patient/${record.id}`)],
    ['find-patient 200 - PS record', () => gpCalls.get(`/Patient?identifier=${ins}`)],
    ['provide-documents 200 - STRUCTURE record', () => app.as(hospital).post('', repeat)],
    [
      'provide-documents 200 - STRUCTURE record',
      () => app.as(hospital).post('', provideBundle({ ins: record.ins })),
    ],
    [
      'provide-documents 415 format-envoye STRUCTURE -',
      () => app.as(hospital).post('', 'x', { 'content-type': 'text/csv' }),
    ],
    ['provide-documents 400 json-invalide STRUCTURE -', () => app.as(hospital).post('', '{')],
    [
      'publish-document 201 - STRUCTURE record',
      () => app.as(hospital).post('/DocumentReference', simplifiedPublish({ ins: record.ins })),
    ],
    [
      'open-record 409 dossier-existant ADMINISTRATION -',
      () => app.as(administration).post('/Patient/$ouvrir', patient(record.ins)),
    ],
    [
      'search-traces 200 - PATIENT record',
      () => app.as(record.holder).get(`/AuditEvent?patient=${record.id}`),
    ],
    [
      'search-document-references 400 mode-acces-invalide PS -',
      () => gpCalls.get(`/DocumentReference?${byIns(record.ins)}`, { 'dmp-mode-acces': 'bris de glace' }),
    ],
    [
      'search-document-references 401 jeton-absent - -',
      () => nobody.get(`/DocumentReference?${byIns(record.ins)}`),
    ],
    [
      'read-document-reference 401 jeton-invalide - -',
      () => app.withHeader('Bearer a.b.c').get(`/DocumentReference/${documentId}`),
    ],
    ['unknown-route 401 jeton-absent - -', () => nobody.get('/Observation/1')],
    ['unknown-route 404 inconnu PS -', () => gpCalls.get('/Observation/1')],
    ['unknown-route 404 inconnu PS -', () => gpCalls.get(`/DocumentReference/${'a'.repeat(200)}`)],
    ['unknown-route 400 non-pris-en-charge PS -', () => gpCalls.get('/DocumentReference/%zz')],
    [
      'unknown-route 405 methode-non-permise PS -',
      () => gpCalls.request('DELETE', `/DocumentReference/${documentId}`),
    ],
    [
      'unknown-route 404 inconnu PS -',
      () => gpCalls.post('/Observation', 'x', { 'content-type': 'text/csv' }),
    ],
  ]
  const before = await app.traces()
  for (const [expected, call] of cases) {
    const answer = await call()
    const rows = await lastTrace(app, answer.headers['x-request-id'])
    t.same(rows.map(brief), [expected], expected)
    t.equal(rows[0]?.status, answer.status)
  }
  t.equal((await app.traces()) - before, cases.length, 'and no other row')
  for (const path of ['/metadata', '/.well-known/smart-configuration']) await nobody.get(path)
  t.equal((await app.traces()) - before, cases.length, 'what is public and about nobody leaves none')
})

async function traces(client: Client, record: TestRecord, more = ''): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  let url: string | undefined = `/AuditEvent?patient=${record.id}${more}`
  while (url !== undefined) {
    const bundle: Bundle = resourceOf(await client.get(url), 'Bundle')
    for (const { resource } of bundle.entry ?? [])
      if (resource?.resourceType === 'AuditEvent') events.push(resource)
    url = bundle.link?.find(({ relation }) => relation === 'next')?.url
  }
  return events
}

tap.test('the patient reads who did what, a professional its own, the auditor all (T4)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { documentId } = await record.push()
  for (const who of [gp, otherGp]) await record.choose('autorisation', who.nationalId ?? '')
  await app.as(gp).get(`/DocumentReference/${documentId}`)
  const refused = await app.as(nurse).get(`/DocumentReference?patient=${record.id}`)
  const all = await traces(app.as(record.holder), record, '&_count=2')
  t.same(
    all.map(({ action, outcome, outcomeDesc = '' }) => `${action}${outcome}${outcomeDesc}`),
    ['E4autorisation-absente', 'R0', 'C0', 'C0', 'C0', 'C0'],
    'newest first, page by page',
  )
  const linkOf = async (url: string, relation: string): Promise<string> => {
    const { link }: Bundle = resourceOf(await app.as(record.holder).get(url), 'Bundle')
    return link?.find((l) => l.relation === relation)?.url ?? ''
  }
  const second = await linkOf(`/AuditEvent?patient=${record.id}&_count=2`, 'next')
  t.match(second, /_cursor=/)
  t.equal(await linkOf(second, 'self'), second, 'self of a page says which page it is')
  const read = all[1]
  const requestor = read?.agent.find(({ requestor }) => requestor)
  t.equal(requestor?.who?.identifier?.value, gp.nationalId)
  t.equal(read?.purposeOfEvent?.[0]?.coding?.[0]?.code, 'TREAT')
  const what = read?.entity?.map((entity) => entity.what?.reference) ?? []
  t.ok(what.includes(`Patient/${record.id}`))
  t.ok(what.includes(`DocumentReference/${documentId}/_history/1`), 'what was shown')
  t.match(all[0]?.agent.find(({ requestor }) => requestor)?.policy, [/#A1$/], 'the rule that decided')
  t.ok(JSON.stringify(all[0]?.entity).includes(refused.headers['x-request-id'] ?? '-'), 'the request id')
  const one = await app.as(record.holder).get(`/AuditEvent/${read?.id}`)
  t.same(resourceOf(one, 'AuditEvent'), read)

  const own = await traces(app.as(gp), record)
  t.ok(own.length > 0)
  for (const { agent } of own) {
    t.equal(agent.find(({ requestor }) => requestor)?.who?.identifier?.value, gp.nationalId, 'its own only')
  }
  t.equal(
    verdict(await app.as(gp).get(`/AuditEvent/${all[0]?.id}`)),
    '404 not-found inconnu',
    'not another’s',
  )
  t.ok((await traces(app.as(auditor), record)).length > all.length, 'the auditor reads all')
  t.equal(
    verdict(await app.as(hospital).get(`/AuditEvent?patient=${record.id}`)),
    '403 forbidden droit-fonctionnel T4',
  )
  t.equal(verdict(await app.as(record.holder).get('/AuditEvent')), '400 required patient-requis')
})

tap.test('no matricule, name or token in traces, logs and errors (I4, T5)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), { family: 'QUELQUUNE' })
  const { binaryId } = await record.push({ cda: Buffer.from('texte'), contentType: 'text/plain' })
  const secret = await app.token(gp)
  await record.choose('autorisation', gp.nationalId ?? '')
  const query = byIns(record.ins)
  const grouped = record.ins.value.replace(/^(.)(..)(..)(..)(...)(...)(..)$/, '$1 $2 $3 $4 $5 $6 $7')
  const calls: Promise<Received>[] = [
    app.as(otherGp).get(`/DocumentReference?${query}`),
    app
      .as(gp)
      .get(
        `/DocumentReference?${query}&identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`,
      ),
    app.as(gp).get(`/Patient?identifier=${record.ins.value}`),
    // By who encodes twice, or writes it as a name.
    app
      .as(gp)
      .get(
        `/DocumentReference?${query}&identifier=${encodeURIComponent(encodeURIComponent(`${record.ins.system}|${record.ins.value}`))}`,
      ),
    app.as(gp).get(`/DocumentReference?${query}&description=${encodeURIComponent(grouped)}`),
    app.as(gp).get(`/DocumentReference?${record.ins.value}=1`),
    app.as(gp).get(`/DocumentReference?${encodeURIComponent(grouped)}=1`),
    app.as(gp).get(`/Patient/${record.ins.value}`),
    app.as(gp).get(`/${record.ins.value}?x=${record.ins.value}`),
    app.as(gp).get(`/DocumentReference/%zz${record.ins.value}`),
    app.as(gp).get(`/DocumentReference/${record.ins.value.repeat(20)}`),
    app.as(gp).request('DELETE', `/Patient/${record.ins.value}`),
    app.withHeader(`Bearer ${secret}x`).get(`/Binary/${binaryId}`),
    app.withHeader(`Bearer ${secret}`).get(`/AuditEvent?patient=${record.ins.value}`),
    app.as(hospital).post(
      '',
      provideBundle({
        ins: record.ins,
        documentChanges: { subject: { reference: `Patient?identifier=${record.ins.value}` } },
      }),
    ),
    app.as(hospital).post('/DocumentReference', {
      resourceType: 'DocumentReference',
      subject: { display: 'QUELQUUNE' },
      status: record.ins.value,
    }),
    app.as(administration).post('/Patient/$ouvrir', {
      ...patient(record.ins, { family: 'QUELQUUNE' }),
      birthDate: 'QUELQUUNE',
      active: 'QUELQUUNE',
    }),
  ]
  const errors = (await Promise.all(calls)).filter(({ status }) => status >= 400)
  t.ok(errors.length >= 10, 'not vacuous')
  const rows = await storedTraces((text) => app.query(text))
  t.ok(rows.length > 10)
  const kept = {
    traces: rows.map((row) => JSON.stringify(row)).join('\n'),
    logs: app.log(),
    errors: errors.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
  }
  for (const [name, text] of Object.entries(kept)) {
    t.notMatch(text.replace(/%(?:20|25|7C)/g, ' '), record.ins.value, `${name}: matricule`)
    t.notMatch(text.replaceAll('%20', ' '), grouped, `${name}: matricule in groups`)
    t.notMatch(text, /QUELQUUNE/i, `${name}: name`)
    t.notMatch(text, secret.slice(-40), `${name}: token`)
  }
})

tap.test('what is recorded stays: the server’s role may add, and nothing else (T3)', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, matricule(1))
  await app.query(`set role ${SERVER_ROLE}`)
  for (const statement of [
    'update audit set status = 200',
    'delete from audit',
    'truncate audit',
    'drop table audit',
  ]) {
    await t.rejects(app.query(statement), { code: '42501' }, statement)
  }
  await app.query('reset role')
})

tap.test('no trace, no answer: 503, nothing shown and nothing stored (T2)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const { documentId, binaryId } = await record.push()
  const before = await app.stored()
  await app.query(`revoke insert on audit from ${SERVER_ROLE}`)
  const impossible = '503 transient trace-impossible'
  const calls = [
    app.as(gp).get(`/DocumentReference/${documentId}`),
    app.as(gp).get(`/Binary/${binaryId}`),
    app.as(gp).get(`/DocumentReference?patient=${record.id}`),
    app.as(nurse).get(`/DocumentReference?patient=${record.id}`),
    app.withHeader().get('/Patient/x'),
    app.as(gp).get('/Observation/1'),
    app.as(hospital).post('', provideBundle({ ins: record.ins })),
    app.as(gp).post('/Consent', consent('autorisation', record.id, gp.nationalId ?? '')),
    app.as(administration).post('/Patient/$ouvrir', patient(matricule(2))),
  ]
  for (const answer of await Promise.all(calls)) {
    t.equal(verdict(answer), impossible)
    t.equal(answer.headers['retry-after'], '2')
    t.notOk(answer.headers.etag)
  }
  t.same(await app.stored(), before, 'nothing is stored')
  const ready = await app.withHeader().get(app.base.replace('/fhir', '/readyz'))
  t.equal(ready.status, 503, 'and the server says that it is not ready')
  await app.query(`grant insert on audit to ${SERVER_ROLE}`)
  t.equal(verdict(await app.as(gp).get(`/DocumentReference/${documentId}`)), '200', 'as soon as it can again')
})
