/**
 * Messages about documents over HTTP (M1, M2): who writes, who reads, what of a message each reader is shown, and that a
 * message of others does not exist.
 * @see docs/messages.md
 */
import type { Communication } from '@medplum/fhirtypes'
import t from 'tap'
import type { Persona } from '../../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { choice, label } from '../../support/builders.ts'
import { drawSeed } from '../../support/draws.ts'
import { seededRandom } from '../../support/generate-value.ts'
import { type Received, resourceOf, verdict } from '../../support/http-client.ts'
import {
  administration,
  aidant,
  gp,
  hospital,
  matricule,
  nurse,
  occupationalDoctor,
  otherGp,
  patientPersona,
  representative,
} from '../../support/personas.ts'
import { openTestRecord, type TestRecord } from '../../support/record.ts'

const UNKNOWN = '404 not-found inconnu'
const NOT_AUTHORISED = '403 forbidden autorisation-absente A1'
const idNps = 'urn:oid:1.2.250.1.71.4.2.1'
const idNst = 'urn:oid:1.2.250.1.71.4.2.2'
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const read = [{ op: 'replace', path: '/status', value: 'completed' }]
const oneText = 'Docteur, que veut dire ce résultat ?'

const toGp = (who: Persona) => ({
  type: 'Practitioner' as const,
  identifier: { system: idNps, value: who.nationalId ?? '' },
})

function message(record: TestRecord, changes: Partial<Communication> = {}): Communication {
  return {
    resourceType: 'Communication',
    status: 'in-progress',
    subject: { reference: `Patient/${record.id}` },
    recipient: [toGp(gp)],
    payload: [{ contentString: oneText }],
    ...changes,
  }
}

const about = (id: string) => ({ about: [{ reference: `DocumentReference/${id}` }] })

/** Everything of an answer but what is new in each. */
function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

async function found(app: TestApp, who: Persona, record: TestRecord, query = ''): Promise<string[]> {
  const answer = await app.as(who).get(`/Communication?patient=${record.id}${query}`)
  if (answer.status !== 200) throw new Error(verdict(answer))
  return (resourceOf(answer, 'Bundle').entry ?? []).map(({ resource }) => resource?.id ?? '')
}

t.test('a message, from the patient to a doctor and back', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(911))
  const other = await openTestRecord(app, matricule(912))
  const document = await record.push({ type: '11490-0' })
  const foreign = await other.push({ type: '11490-0' })
  const patient = app.as(record.holder)
  const doctor = app.as(gp)

  const sent = await patient.post('/Communication', message(record, about(document.documentId)))
  t.equal(verdict(sent), '201')
  const { id = '', sender, sent: time, payload, meta } = resourceOf(sent, 'Communication')
  t.same([sender?.reference, payload?.[0]?.contentString], [`Patient/${record.id}`, oneText])
  t.ok(time)
  t.equal(meta?.versionId, '1')

  const [row] = await app.query<{ body: string }>("select body from resource where type = 'Communication'")
  t.notMatch(row?.body, /Docteur|résultat/, 'the text lies sealed')
  const notices = await app.query("select recipient, key from notice where kind = 'message'")
  t.match(notices, [{ recipient: `ps:${gp.nationalId}` }], 'who is written to is told')

  t.equal(verdict(await doctor.get(`/Communication/${id}`)), NOT_AUTHORISED, 'a message authorises nobody')
  await record.choose('autorisation', gp.nationalId ?? '')
  await record.choose('autorisation', otherGp.nationalId ?? '')
  const there = await doctor.get(`/Communication/${id}`)
  t.equal(verdict(there), '200')
  t.equal(resourceOf(there, 'Communication').payload?.[0]?.contentString, oneText)
  t.equal(
    resourceOf(there, 'Communication').about?.[0]?.reference,
    `DocumentReference/${document.documentId}`,
  )
  t.same(await found(app, gp, record), [id])

  // To everybody else it does not exist.
  const invented = `${id.slice(0, -5)}00000`
  for (const who of [otherGp])
    for (const path of ['', '/_history', '/_history/1']) {
      const one = await app.as(who).get(`/Communication/${id}${path}`)
      t.equal(verdict(one), UNKNOWN)
      t.same(essence(one), essence(await app.as(who).get(`/Communication/${invented}${path}`)))
    }
  t.same(await found(app, otherGp, record), [])
  const none = await app.as(otherGp).get(`/Communication?patient=${record.id}&_total=accurate&_count=0`)
  t.equal(resourceOf(none, 'Bundle').total, 0)
  t.equal(verdict(await app.as(other.holder).get(`/Communication/${id}`)), UNKNOWN, 'nor to another patient')

  // A document that its reader may no longer see is not named; the text stays.
  const mask = [{ op: 'replace', path: '/securityLabel/0', value: label('MASQUE_PS') }]
  const masked = await patient.request('PATCH', `/DocumentReference/${document.documentId}`, {
    body: mask,
    headers: jsonPatch,
  })
  t.equal(verdict(masked), '200')
  for (const path of [
    `/Communication/${id}`,
    `/Communication/${id}/_history/1`,
    `/Communication/${id}/_history`,
    `/Communication?patient=${record.id}`,
  ]) {
    const { text } = await doctor.get(path)
    t.notMatch(text, document.documentId, `${path}: the document is not named`)
    t.match(text, oneText, `${path}: the text stays`)
    t.match((await patient.get(path)).text, document.documentId, `${path}: the patient sees both`)
  }
  const hidden = message(record, {
    ...about(document.documentId),
    recipient: [{ reference: `Patient/${record.id}` }],
  })
  const nowhere = { ...hidden, ...about(`${record.id}.${document.documentId.slice(27, 48)}00000`) }
  const refused = await doctor.post('/Communication', hidden)
  t.equal(verdict(refused), '422 not-found reference-introuvable @ Communication.about')
  t.same(essence(refused), essence(await doctor.post('/Communication', nowhere)), 'as one that is not there')

  // The answer, and who says that a message was read.
  const reply = message(record, {
    inResponseTo: [{ reference: `Communication/${id}` }],
    recipient: [{ reference: `Patient/${record.id}` }],
    payload: [{ contentString: 'Rien d’inquiétant.' }],
  })
  const replied = await doctor.post('/Communication', reply)
  t.equal(verdict(replied), '201')
  const answer = resourceOf(replied, 'Communication')
  t.equal(answer.sender?.identifier?.value, gp.nationalId)
  t.same((await found(app, record.holder, record)).sort(), [id, answer.id].sort())
  const patch = (who: Persona, at = id, body: unknown = read, headers = {}) =>
    app.as(who).request('PATCH', `/Communication/${at}`, { body, headers: { ...jsonPatch, ...headers } })
  t.equal(verdict(await patch(record.holder)), '403 forbidden message-destinataire M1', 'not the sender')
  t.equal(verdict(await patch(otherGp)), UNKNOWN)
  t.equal(
    verdict(await patch(gp, id, [{ op: 'replace', path: '/payload/0/contentString', value: 'autre' }])),
    '422 business-rule message-immuable M1 @ Communication',
  )
  t.equal(
    verdict(await patch(gp, id, [...read, { op: 'remove', path: '/about' }])),
    '422 business-rule message-immuable M1 @ Communication',
  )
  t.match(verdict(await patch(gp, id, read, { 'if-match': 'W/"9"' })), /^412/)
  const acknowledged = await patch(gp, id, read, { 'if-match': 'W/"1"' })
  t.equal(verdict(acknowledged), '200')
  t.match(resourceOf(acknowledged, 'Communication'), { status: 'completed', meta: { versionId: '2' } })
  t.ok(resourceOf(acknowledged, 'Communication').received)
  t.equal((await patch(gp)).headers.etag, 'W/"2"', 'said again it changes nothing')
  t.same(await found(app, record.holder, record, '&status=in-progress'), [answer.id])
  t.same(await found(app, record.holder, record, `&recipient:identifier=${idNps}|${gp.nationalId}`), [id])
  t.same(await found(app, record.holder, record, `&sender:identifier=${idNps}|${gp.nationalId}`), [answer.id])
  const tomorrow = new Date(app.now() + 86_400_000).toISOString()
  t.same(await found(app, record.holder, record, `&sent=gt${tomorrow}`), [])
  t.equal((await found(app, record.holder, record, `&sent=lt${tomorrow}`)).length, 2)
  t.same(
    await found(app, record.holder, record, `&received=lt${tomorrow}`),
    [id],
    'what is not read has no time',
  )
  const versions = resourceOf(await doctor.get(`/Communication/${id}/_history`), 'Bundle').entry ?? []
  t.equal(versions.length, 2)

  // Once, however often it is sent.
  const named = message(record, {
    ...about(document.documentId),
    identifier: [{ system: 'urn:oid:1.2.3', value: 'm-1' }],
  })
  const many = await Promise.all(Array.from({ length: 6 }, () => patient.post('/Communication', named)))
  t.same(many.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201])
  t.equal(new Set(many.map((one) => resourceOf(one, 'Communication').id)).size, 1)
  t.equal(
    verdict(await patient.post('/Communication', { ...named, payload: [{ contentString: 'autre' }] })),
    '409 duplicate identifiant-pris @ Communication.identifier',
  )
  t.equal((await found(app, record.holder, record, '&identifier=urn:oid:1.2.3|m-1')).length, 1)
  t.equal((await found(app, record.holder, record, '&identifier=urn:oid:9|m-1')).length, 0)

  // What a message may be.
  const to = { recipient: [{ reference: `Patient/${record.id}` }] }
  for (const [why, changes, at] of [
    ['about nothing', {}, 'about'],
    ['a foreign document', about(foreign.documentId), 'about'],
    ['to oneself', { ...about(document.documentId), ...to }, 'recipient'],
    ['to two', { ...about(document.documentId), recipient: [toGp(gp), toGp(otherGp)] }, 'recipient'],
    ['an empty text', { ...about(document.documentId), payload: [{ contentString: ' ' }] }, 'payload'],
    [
      'too long a text',
      { ...about(document.documentId), payload: [{ contentString: 'x'.repeat(10_001) }] },
      'payload',
    ],
    [
      'an attachment',
      { ...about(document.documentId), payload: [{ contentAttachment: { contentType: 'text/plain' } }] },
      'payload',
    ],
    ['read already', { ...about(document.documentId), status: 'completed' as const }, 'status'],
    ['from somebody else', { ...about(document.documentId), sender: toGp(gp) }, 'sender'],
    ['a priority', { ...about(document.documentId), priority: 'urgent' as const }, 'priority'],
  ] as readonly (readonly [string, Partial<Communication>, string])[])
    t.equal(
      verdict(await patient.post('/Communication', message(record, changes))),
      `422 business-rule message-incorrect M1 @ Communication.${at}`,
      why,
    )

  // M2: what the patient must not learn by a message.
  const unannounced = await record.push({ type: '11490-0', labels: ['N', 'INVISIBLE_PATIENT'] })
  t.equal(
    verdict(
      await doctor.post('/Communication', message(record, { ...about(unannounced.documentId), ...to })),
    ),
    '422 business-rule message-document-cache M2 @ Communication.about',
  )

  // Who may not.
  const parent = representative(matricule(913), record.ins)
  const end = new Date(app.now() + 86_400_000).toISOString()
  await app
    .as(administration)
    .post('/Consent', choice('representation', record.id, { person: matricule(913), period: { end } }))
  await patient.post('/Consent', choice('aidant', record.id, { person: matricule(914) }))
  t.equal((await found(app, parent, record)).length, 3, 'a representative reads as the patient')
  const search = `/Communication?patient=${record.id}`
  const by = async (who: Persona, headers = {}) => verdict(await app.as(who).get(search, headers))
  t.equal(await by(aidant(matricule(914), record.ins)), '403 forbidden droit-fonctionnel M1')
  t.equal(await by({ ...gp, secretConnection: true }), '403 forbidden droit-fonctionnel M1')
  t.equal(
    await by(gp, { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': 'Patient%20inconscient' }),
    '403 forbidden droit-fonctionnel M1',
  )
  t.equal(await by(hospital), '403 forbidden droit-fonctionnel F10')
  await record.choose('autorisation', occupationalDoctor.nationalId ?? '')
  t.equal(await by(occupationalDoctor), '403 forbidden droit-fonctionnel F10')
  await record.choose('blocage', gp.nationalId ?? '')
  t.equal(await by(gp), '403 forbidden professionnel-bloque A3')
  t.equal(verdict(await doctor.post('/Communication', reply)), '403 forbidden professionnel-bloque A3')
  t.equal(
    verdict(await patient.post('/Communication', message(record, about(document.documentId)))),
    '409 conflict acteur-bloque A3 @ Communication.recipient',
  )
  const [counted] = await app.query<{ requests: number; traces: number }>(
    'select count(*)::integer as traces, count(distinct request_id)::integer as requests from audit',
  )
  t.equal(counted?.traces, counted?.requests, 'one trace for each request')
})

t.test('each reader sees the messages that it is a party of, and no other: at random', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(915))
  const document = await record.push({ type: '11490-0' })
  const doctors = [gp, otherGp, nurse]
  for (const who of doctors) await record.choose('autorisation', who.nationalId ?? '')
  const structure = gp.structureId ?? ''
  const parties = new Map<string, ReadonlySet<Persona>>()
  const random = seededRandom(drawSeed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  for (let i = 0; i < 24; i++) {
    const who = pick(doctors)
    const way = pick(['to', 'from', 'structure'])
    const recipient =
      way === 'from'
        ? [{ reference: `Patient/${record.id}` }]
        : way === 'to'
          ? [toGp(who)]
          : [{ type: 'Organization' as const, identifier: { system: idNst, value: structure } }]
    const sent = await app
      .as(way === 'from' ? who : record.holder)
      .post('/Communication', message(record, { ...about(document.documentId), recipient }))
    const readers = way === 'structure' ? doctors.filter((one) => one.structureId === structure) : [who]
    parties.set(resourceOf(sent, 'Communication').id ?? '', new Set([...readers]))
  }
  let unseen = 0
  for (const reader of [...doctors, patientPersona(record.ins)]) {
    const isPatient = reader.actor === 'PATIENT'
    const expected = [...parties].flatMap(([id, readers]) => (isPatient || readers.has(reader) ? [id] : []))
    t.same((await found(app, reader, record, '&_count=100')).sort(), expected.sort())
    const total = await app.as(reader).get(`/Communication?patient=${record.id}&_total=accurate&_count=0`)
    t.equal(resourceOf(total, 'Bundle').total, expected.length)
    for (const id of parties.keys()) {
      const answer = verdict(await app.as(reader).get(`/Communication/${id}`))
      t.equal(answer, expected.includes(id) ? '200' : UNKNOWN)
      if (answer === UNKNOWN) unseen++
    }
  }
  t.ok(unseen > 10, 'not vacuous')
})
