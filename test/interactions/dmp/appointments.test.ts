/**
 * Appointments over HTTP (R1): who puts them in and changes them, who reads them, in which order, and that a document that a
 * reader does not see is not named by one.
 * @see docs/appointments.md
 */
import type { Appointment, Bundle } from '@medplum/fhirtypes'
import t from 'tap'
import type { Persona } from '../../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { choice } from '../../support/builders.ts'
import { resourceOf, verdict } from '../../support/http-client.ts'
import {
  aidant,
  gp,
  hospital,
  hospitalId,
  matricule,
  nurse,
  otherGp,
  otherHospital,
  secretariat,
} from '../../support/personas.ts'
import { openTestRecord, type TestRecord } from '../../support/record.ts'

const UNKNOWN = '404 not-found inconnu'
const INCORRECT = '422 business-rule rendez-vous-incorrect R1'
const idNps = 'urn:oid:1.2.250.1.71.4.2.1'
const system = 'urn:oid:1.2.250.1.999.1'
const DAY = 86_400_000

function appointment(
  app: TestApp,
  record: TestRecord,
  value: string,
  changes: Partial<Appointment> = {},
): Appointment {
  const start = changes.start ?? new Date(app.now() + DAY).toISOString()
  return {
    resourceType: 'Appointment',
    identifier: [{ system, value }],
    status: 'booked',
    description: 'Consultation de suivi',
    start,
    end: new Date(Date.parse(start) + 1_800_000).toISOString(),
    participant: [
      { actor: { reference: `Patient/${record.id}` }, status: 'accepted' },
      {
        actor: { type: 'Practitioner', identifier: { system: idNps, value: gp.nationalId ?? '' } },
        status: 'accepted',
      },
    ],
    ...changes,
  }
}

async function found(app: TestApp, who: Persona, record: TestRecord, query = ''): Promise<string[]> {
  const answer = await app.as(who).get(`/Appointment?patient=${record.id}${query}`)
  if (answer.status !== 200) throw new Error(verdict(answer))
  return (resourceOf(answer, 'Bundle').entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Appointment' ? [resource.identifier?.[0]?.value ?? ''] : [],
  )
}

t.test('appointments that a hospital puts in', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(921))
  const other = await openTestRecord(app, matricule(922))
  const client = app.as(hospital)
  const put = (who: Persona, body: Appointment & { id?: string }, headers = {}) =>
    app.as(who).put(`/Appointment/${body.id}`, body, headers)

  // Once, however often and by however many it is sent.
  const first = appointment(app, record, 'rdv-1')
  const many = await Promise.all(Array.from({ length: 6 }, () => client.post('/Appointment', first)))
  t.same(many.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201])
  const ids = new Set(many.map((one) => resourceOf(one, 'Appointment').id))
  t.equal(ids.size, 1)
  const [id = ''] = [...ids]
  t.equal(
    verdict(await client.post('/Appointment', { ...first, description: 'autre' })),
    '409 duplicate identifiant-pris @ Appointment.identifier',
  )
  t.equal(
    verdict(await app.as(otherHospital).post('/Appointment', first)),
    '201',
    'another’s of that name is another',
  )
  const [notice] = await app.query<{ count: number }>(
    "select count(*)::integer as count from notice where kind = 'rendez-vous' and recipient = 'patient'",
  )
  t.equal(notice?.count, 2, 'the patient is told')

  // By the INS too, which is not kept.
  const doctors = first.participant.slice(1)
  const byIns = { ...first, identifier: [{ system, value: 'rdv-1' }] }
  for (const actor of [
    { type: 'Patient', identifier: record.ins },
    { reference: `Patient?identifier=${record.ins.system}|${record.ins.value}` },
  ])
    t.equal(
      verdict(
        await client.post('/Appointment', {
          ...byIns,
          participant: [{ actor, status: 'accepted' as const }, ...doctors],
        }),
      ),
      '200',
      'the same appointment',
    )
  const stored = await app.query<{ body: string }>("select body from resource where type = 'Appointment'")
  t.notOk(stored.some(({ body }) => body.includes(record.ins.value)))

  // Changed and cancelled by who has put it in.
  const changed = { ...first, id, description: 'Apporter les résultats' }
  t.equal(verdict(await put(hospital, changed, { 'if-match': 'W/"7"' })), '412 conflict version-perimee')
  t.equal(verdict(await put(hospital, changed, { 'if-match': 'W/"1"' })), '200')
  t.equal((await put(hospital, changed)).headers.etag, 'W/"2"', 'said again it changes nothing')
  t.equal(verdict(await put(otherHospital, changed)), UNKNOWN)
  t.equal(verdict(await put(hospital, { ...changed, identifier: [{ system, value: 'rdv-2' }] })), UNKNOWN)
  const cancelled = { ...changed, status: 'cancelled' as const }
  t.equal(verdict(await put(hospital, cancelled)), '200')
  t.equal(
    verdict(await put(hospital, changed)),
    '409 conflict rendez-vous-clos R1 @ Appointment.status',
    'what is over stays so',
  )
  const versions = resourceOf(await app.as(record.holder).get(`/Appointment/${id}/_history`), 'Bundle').entry
  t.equal(versions?.length, 3)

  // In the order of their beginning.
  for (const [value, days] of [
    ['rdv-20', 20],
    ['rdv-5', 5],
    ['rdv-10', 10],
    ['rdv-passe', -3],
  ] as const) {
    const start = new Date(app.now() + days * DAY).toISOString()
    const status = days < 0 ? ('fulfilled' as const) : ('booked' as const)
    t.equal(
      verdict(await client.post('/Appointment', appointment(app, record, value, { start, status }))),
      '201',
    )
  }
  const holder = record.holder
  t.same(await found(app, holder, record, '&status=booked'), ['rdv-20', 'rdv-10', 'rdv-5', 'rdv-1'])
  const today = new Date(app.now()).toISOString()
  t.same(
    await found(app, holder, record, `&status=booked&date=ge${today}&_sort=date`),
    ['rdv-1', 'rdv-5', 'rdv-10', 'rdv-20'],
    'the next one first',
  )
  t.same(await found(app, holder, record, `&date=lt${today}`), ['rdv-passe'])
  t.same(await found(app, holder, record, `&identifier=${system}|rdv-10`), ['rdv-10'])
  t.equal((await found(app, holder, record, `&actor:identifier=${idNps}|${gp.nationalId}`)).length, 6)
  t.same(await found(app, holder, record, `&actor:identifier=${idNps}|${nurse.nationalId}`), [])
  const paged: string[] = []
  for (let next: string | undefined = `/Appointment?patient=${record.id}&_count=2&_sort=date`; next; ) {
    const page: Bundle = resourceOf(await app.as(holder).get(next), 'Bundle')
    paged.push(...(page.entry ?? []).map(({ resource }) => resource?.id ?? ''))
    next = page.link?.find(({ relation }) => relation === 'next')?.url
  }
  t.equal(paged.length, 6)
  t.equal(new Set(paged).size, 6, 'page by page, each once')

  // Who reads.
  const search = `/Appointment?patient=${record.id}`
  const by = async (who: Persona, path = search) => verdict(await app.as(who).get(path))
  t.equal(await by(gp), '403 forbidden autorisation-absente A1')
  t.equal(await by(gp, `/Appointment/${id}`), '403 forbidden autorisation-absente A1')
  await record.choose('autorisation', gp.nationalId ?? '')
  t.equal((await found(app, gp, record)).length, 6)
  t.equal((await found(app, hospital, record)).length, 5, 'a structure finds what it has put in')
  t.equal((await found(app, otherHospital, record)).length, 1)
  const counted = await app.as(otherHospital).get(`${search}&_total=accurate&_count=0`)
  t.equal(resourceOf(counted, 'Bundle').total, 1)
  t.equal(await by(otherHospital, `/Appointment/${id}`), UNKNOWN)
  t.equal(await by(hospital, `/Appointment/${id}`), '200')
  t.same(await found(app, { ...gp, secretConnection: true }, record), [])
  t.equal(await by(other.holder, `/Appointment/${id}`), UNKNOWN, 'another patient')
  await app.as(holder).post('/Consent', choice('aidant', record.id, { person: matricule(923) }))
  t.equal((await found(app, aidant(matricule(923), record.ins), record)).length, 6)
  await record.choose('blocage', otherGp.nationalId ?? '')
  t.equal(await by(otherGp), '403 forbidden professionnel-bloque A3')

  // Of the documents that it refers to, each reader is told of what it sees.
  const letter = await record.push({ type: '11490-0', structure: hospitalId })
  const secret = await record.push({
    type: '11490-0',
    labels: ['N', 'INVISIBLE_PATIENT'],
    structure: hospitalId,
  })
  const prescription = await record.push({ type: '75496-0', structure: hospitalId })
  const about = (...documents: string[]) => ({
    supportingInformation: documents.map((document) => ({ reference: `DocumentReference/${document}` })),
  })
  const both = appointment(app, record, 'rdv-doc', about(letter.documentId, prescription.documentId))
  const told = await client.post('/Appointment', both)
  t.equal(verdict(told), '201')
  const toldId = resourceOf(told, 'Appointment').id
  const seenBy = async (who: Persona, path: string) => {
    const { text } = await app.as(who).get(path)
    return [letter, prescription].map(({ documentId }) => text.includes(documentId))
  }
  await record.choose('autorisation', nurse.nationalId ?? '')
  for (const path of [
    `/Appointment/${toldId}`,
    `/Appointment/${toldId}/_history`,
    `${search}&identifier=rdv-doc`,
  ]) {
    t.same(await seenBy(record.holder, path), [true, true], path)
    t.same(await seenBy(nurse, path), [true, false], `${path}: the matrix denies the nurse one of them`)
  }
  const REFERENCE = '422 not-found reference-introuvable @ Appointment.supportingInformation'
  t.equal(
    verdict(await client.post('/Appointment', appointment(app, record, 'x', about(secret.documentId)))),
    REFERENCE,
  )
  const foreign = appointment(app, record, 'x', about(letter.documentId))
  t.equal(
    verdict(await app.as(otherHospital).post('/Appointment', foreign)),
    REFERENCE,
    'what it does not see',
  )

  // Who puts in, and what.
  t.equal(verdict(await app.as(secretariat).post('/Appointment', appointment(app, record, 's-1'))), '201')
  t.equal(
    verdict(await app.as(otherGp).post('/Appointment', appointment(app, record, 'b-1'))),
    '201',
    'a blocked one feeds (A2)',
  )
  t.equal(verdict(await app.as(holder).post('/Appointment', first)), '403 forbidden droit-fonctionnel R1')
  t.equal(
    verdict(await app.as({ ...gp, secretConnection: true }).post('/Appointment', first)),
    '403 forbidden droit-fonctionnel R1',
  )
  const [patient, doctor] = first.participant
  for (const [why, changes, at] of [
    ['no identifier', { identifier: [] as never[] }, 'identifier'],
    ['a slot', { slot: [{ reference: 'Slot/1' }] }, 'slot'],
    ['it ends before it begins', { end: new Date(app.now()).toISOString() }, 'end'],
    [
      'two patients',
      { participant: [patient, { actor: { reference: `Patient/${other.id}` }, status: 'accepted' }, doctor] },
      'participant[1].actor',
    ],
    ['a long text', { comment: 'x'.repeat(2_001) }, 'comment'],
    ['a foreign document', about(`${other.id}.00000000000000000000000000`), 'supportingInformation'],
  ] as readonly (readonly [string, Partial<Appointment>, string])[]) {
    const { identifier, ...rest } = { ...appointment(app, record, 'wrong'), ...changes }
    const sent = identifier?.length === 0 ? rest : { ...rest, identifier }
    t.match(verdict(await client.post('/Appointment', sent)), `${INCORRECT} @ Appointment.${at}`, why)
  }
  const nobody = { ...first, participant: doctor ? [doctor] : [] }
  t.match(verdict(await client.post('/Appointment', nobody)), /^422 required element-requis/)
  const [traced] = await app.query<{ requests: number; traces: number }>(
    'select count(*)::integer as traces, count(distinct request_id)::integer as requests from audit',
  )
  t.equal(traced?.traces, traced?.requests, 'one trace for each request')
})
