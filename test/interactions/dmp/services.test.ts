/**
 * Third-party services over HTTP (S1, S2): what the patient opens and ends, and what a service sees of it on every path.
 * @see docs/services.md
 */
import type { Consent } from '@medplum/fhirtypes'
import t from 'tap'
import type { Persona } from '../../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { choice, freshUniqueId, provideBundle } from '../../support/builders.ts'
import { type Client, type Received, resourceOf, verdict } from '../../support/http-client.ts'
import {
  administration,
  aidant,
  gp,
  hospital,
  matricule,
  patientPersona,
  representative,
} from '../../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../../support/record.ts'

const CLOSED = '403 forbidden service-sans-consentement S1'
const READS = '403 forbidden service-lit S2'
const SHORT = '403 forbidden portee-insuffisante'
const UNKNOWN = '404 not-found inconnu'
const loinc = 'http://loinc.org'
const letter = `${loinc}|11490-0`
const scopes = 'patient/Patient.rs patient/DocumentReference.rs patient/Binary.r patient/List.rs'

const registry = {
  services: [
    { client: 'carnet', name: 'Carnet', purposes: ['PATRQT', 'HRESCH'], scopes },
    { client: 'etude', name: 'Étude', purposes: ['HRESCH'], scopes: `patient/DocumentReference.rs` },
  ],
  own: ['test-software'],
}

type Opened = {
  readonly service?: string
  readonly purposes?: readonly string[]
  readonly codes?: readonly string[]
  readonly end?: string
}

function opening(record: TestRecord, parts: Opened = {}): Consent {
  const { service = 'carnet', purposes = ['PATRQT', 'HRESCH'], codes = [letter], end } = parts
  const base = choice('service-tiers', record.id, { purpose: purposes, ...(end ? { period: { end } } : {}) })
  return {
    ...base,
    provision: {
      ...base.provision,
      actor: [
        {
          role: { text: 'service' },
          reference: {
            type: 'Device',
            identifier: { system: 'https://dmp-fhir.example/client', value: service },
          },
        },
      ],
      code: codes.map((text) => {
        const [system = '', code = ''] = text.split('|')
        return { coding: [{ system, code }] }
      }),
    },
  }
}

const as = (app: TestApp, who: Persona, client = 'carnet', purpose?: string, scope?: string): Client =>
  app.as({ ...who, client, ...(purpose ? { purpose } : {}) }, scope ? { scope } : {})

/** Everything of an answer but what is new in each. */
function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

t.test('a service sees what the patient opened, until the patient ends it', async (t) => {
  await using app = await testApp({ DMP_SERVICES: JSON.stringify(registry) })
  const record = await openTestRecord(app, matricule(901))
  const other = await openTestRecord(app, matricule(902))
  const shown = await record.push({ type: '11490-0' })
  const closed = await record.push({ type: '75496-0' })
  const search = `/DocumentReference?${byIns(record.ins)}`
  const service = as(app, record.holder)
  const patient = app.as(record.holder)
  const invented = `${record.id}.${closed.documentId.slice(27, 48)}00000`
  const paths = [
    search,
    `/DocumentReference/${shown.documentId}`,
    `/DocumentReference/${invented}`,
    `/Binary/${shown.binaryId}`,
    `/List/${shown.listId}`,
    `/List?${byIns(record.ins)}`,
    `/Patient/${record.id}`,
    `/Patient/${record.id}/$droits`,
  ]
  for (const path of paths) t.equal(verdict(await service.get(path)), CLOSED, `before: ${path}`)
  const otherRecord = await service.get(`/Patient/${other.id}`)
  t.equal(verdict(otherRecord), UNKNOWN, 'another’s record is not there')
  const nobodys = (await service.get(`/Patient?identifier=${other.ins.system}|${other.ins.value}`)).text
  t.equal(resourceOf({ ...otherRecord, status: 200, text: nobodys }, 'Bundle').entry, undefined)

  const opened = await patient.post('/Consent', opening(record))
  t.equal(verdict(opened), '201')
  const consent = resourceOf(opened, 'Consent')
  t.ok(consent.provision?.period?.end, 'it ends by itself')
  t.equal(verdict(await patient.post('/Consent', opening(record))), '200', 'said again it changes nothing')
  const elsewhere = await as(app, other.holder).get(`/DocumentReference?${byIns(other.ins)}`)
  t.equal(verdict(elsewhere), CLOSED, 'what one patient opens is the record of that patient')

  t.same(
    foundDocuments(await service.get(search)).map(({ id }) => id),
    [shown.documentId],
  )
  t.equal(resourceOf(await service.get(`${search}&_total=accurate&_count=0`), 'Bundle').total, 1)
  t.equal(foundDocuments(await patient.get(search)).length, 2, 'the patient sees both')
  for (const path of [`/Binary/${shown.binaryId}`, `/List/${shown.listId}`, `/Patient/${record.id}`])
    t.equal(verdict(await service.get(path)), '200', path)
  for (const [there, nowhere] of [
    [`/DocumentReference/${closed.documentId}`, `/DocumentReference/${invented}`],
    [`/DocumentReference/${closed.documentId}/_history`, `/DocumentReference/${invented}/_history`],
    [`/Binary/${closed.binaryId}`, `/Binary/${invented}`],
    [`/List/${closed.listId}`, `/List/${invented}`],
  ] as const) {
    const one = await service.get(there)
    t.equal(verdict(one), UNKNOWN, there)
    t.same(essence(one), essence(await service.get(nowhere)), `${there} as an id that nobody gave out`)
  }
  const changes = (await service.get(`/DocumentReference/_history?patient=${record.id}`)).text
  t.ok(changes.includes(shown.documentId) && !changes.includes(closed.documentId), 'nor among changes')
  t.equal(verdict(await service.get(`/DocumentReference/${shown.documentId}/$verify`)), '200')
  t.equal(verdict(await service.get(`/DocumentReference/${closed.documentId}/$verify`)), UNKNOWN)
  const synthese = await service.get(`/Patient/${record.id}/$synthese`)
  t.notMatch(synthese.text, closed.documentId)
  const rights = JSON.parse((await service.get(`/Patient/${record.id}/$droits`)).text)
  const told = rights.parameter.find(({ name }: { name: string }) => name === 'service')
  t.same(
    told.part.map(({ name }: { name: string }) => name),
    ['nom', 'finalite', 'finalite', 'jusqu-a'],
  )

  // Nothing but reading, and not what it is not registered for.
  t.equal(
    verdict(await service.post('/Consent', opening(record))),
    SHORT,
    'a service opens nothing to itself',
  )
  t.equal(
    verdict(await service.post('', provideBundle({ ins: record.ins, uniqueId: freshUniqueId() }))),
    SHORT,
  )
  for (const path of [`/AuditEvent?patient=${record.id}`, `/Consent?patient=${record.id}`, '/Subscription'])
    t.equal(verdict(await service.get(path)), SHORT, path)
  t.equal(verdict(await service.get(search, { 'dmp-mode-acces': 'centre_15' })), READS, 'no emergency')
  const study = as(app, record.holder, 'etude')
  t.equal(verdict(await study.get(search)), CLOSED, 'another service was not let in')

  // Purposes: the one of the token, else every one of the registration.
  const narrower = { ...opening(record, { purposes: ['HRESCH'] }), id: consent.id ?? '' }
  t.equal(verdict(await patient.put(`/Consent/${consent.id}`, narrower)), '200')
  t.equal(verdict(await service.get(search)), CLOSED, 'it asks for all its purposes')
  t.equal(verdict(await as(app, record.holder, 'carnet', 'PATRQT').get(search)), CLOSED)
  const research = as(app, record.holder, 'carnet', 'HRESCH')
  t.equal(verdict(await research.get(search)), '200')
  t.match(
    verdict(await as(app, record.holder, 'carnet', 'TREAT').get(search)),
    /^401 security jeton-invalide/,
  )

  // Scopes of the token narrow further; a cursor of a wider consent shows no more.
  const byClass = resourceOf(
    await patient.get(`/DocumentReference/${closed.documentId}`),
    'DocumentReference',
  )
  const coding = byClass.category?.[0]?.coding?.[0]
  const wide = {
    ...opening(record, { codes: [letter, `${coding?.system}|${coding?.code}`] }),
    id: consent.id ?? '',
  }
  t.equal(verdict(await patient.put(`/Consent/${consent.id}`, wide)), '200')
  t.equal(foundDocuments(await service.get(search)).length, 2, 'a class stands for its types')
  const narrow = as(app, record.holder, 'carnet', undefined, `patient/DocumentReference.rs?type=${letter}`)
  t.equal(foundDocuments(await narrow.get(search)).length, 1)
  t.equal(verdict(await narrow.get(`/Patient/${record.id}`)), SHORT)
  const first = resourceOf(await service.get(`${search}&_count=1`), 'Bundle')
  const next = first.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  const oldest = first.entry?.[0]?.resource?.id === shown.documentId ? closed : shown
  const rest = oldest === closed ? [letter] : [`${loinc}|75496-0`]
  await patient.put(`/Consent/${consent.id}`, { ...opening(record, { codes: rest }), id: consent.id ?? '' })
  t.same(foundDocuments(await service.get(next)), [], 'the next page is decided anew')

  // A representative lets in and uses it, an aidant chooses nothing.
  t.equal(verdict(await app.as(gp).post('/Consent', opening(record))), '403 forbidden droit-fonctionnel A6')

  // What is wrong with a Consent, each told.
  for (const [why, parts, at] of [
    ['unknown service', { service: 'inconnu' }, 'Consent.provision.actor'],
    ['a purpose it is not registered for', { purposes: ['TREAT'] }, 'Consent.provision.purpose'],
    ['no purpose', { purposes: [] }, 'Consent.provision.purpose'],
    ['no type', { codes: [] }, 'Consent.provision.code'],
    ['an unknown type', { codes: [`${loinc}|0-0`] }, 'Consent.provision.code'],
    ['past', { end: '2020-01-01' }, 'Consent.provision.period'],
  ] as const) {
    const sent = opening(record, parts)
    const { code, purpose, ...provision } = sent.provision ?? {}
    const whole = {
      ...sent,
      provision: {
        ...provision,
        ...(code?.length ? { code } : {}),
        ...(purpose?.length ? { purpose } : {}),
      },
    }
    t.match(verdict(await patient.post('/Consent', whole)), `422 business-rule choix-incorrect @ ${at}`, why)
  }

  // The patient sees who has been let in, who came, and ends it.
  const listed = resourceOf(
    await patient.get(`/Consent?patient=${record.id}&category=service-tiers`),
    'Bundle',
  )
  t.equal(listed.entry?.length, 1)
  await record.choose('autorisation', gp.nationalId ?? '')
  const forGp = resourceOf(
    await app.as(gp).get(`/Consent?patient=${record.id}&category=service-tiers`),
    'Bundle',
  )
  t.equal(forGp.entry, undefined, 'professionals are not told of services')
  const acces = `/Patient/${record.id}/$acces`
  t.match((await patient.get(acces)).text, /"value":"carnet"[\s\S]*service-tiers/, 'who may see the record')
  t.notMatch((await app.as(gp).get(acces)).text, /service-tiers/)
  const traces = (await patient.get(`/AuditEvent?patient=${record.id}&_count=100`)).text
  t.match(traces, /"value":"carnet"/)
  t.match(traces, /CodeSystem\/regle#S1/)
  await patient.put(`/Consent/${consent.id}`, wide)
  t.equal(verdict(await service.get(search)), '200')
  const forStudy = opening(record, { service: 'etude', purposes: ['HRESCH'] })
  const toStudy = resourceOf(await patient.post('/Consent', forStudy), 'Consent')
  const ended = { ...wide, status: 'inactive' }
  t.equal(verdict(await patient.put(`/Consent/${consent.id}`, ended)), '200')
  for (const path of paths) t.equal(verdict(await service.get(path)), CLOSED, `after: ${path}`)
  t.equal(verdict(await study.get(search)), '200', 'what was opened to another is as it was')
  await patient.put(`/Consent/${toStudy.id}`, { ...forStudy, id: toStudy.id, status: 'inactive' })
  const traced = await app.query<{ rules: string }>(`select count(*)::integer as count from service_consent`)
  t.match(traced, [{ count: 0 }])

  // Past its end it is over by itself.
  const soon = new Date(app.now() + 3_600_000).toISOString()
  t.equal(
    verdict(
      await patient.put(`/Consent/${consent.id}`, { ...opening(record, { end: soon }), id: consent.id }),
    ),
    '200',
  )
  t.equal(verdict(await service.get(search)), '200')
  app.advance(3_700_000)
  t.equal(verdict(await service.get(search)), CLOSED)
})

t.test('a service calls for a representative too, and never for a professional', async (t) => {
  await using app = await testApp({ DMP_SERVICES: JSON.stringify(registry) })
  const record = await openTestRecord(app, matricule(903))
  const parent = representative(matricule(904), record.ins)
  const end = new Date(app.now() + 86_400_000).toISOString()
  const named = choice('representation', record.id, { person: matricule(904), period: { end } })
  t.equal(verdict(await app.as(administration).post('/Consent', named)), '201')
  await record.push({ type: '11490-0' })
  const hidden = await record.push({ type: '11490-0', labels: ['N', 'INVISIBLE_PATIENT'] })
  const search = `/DocumentReference?${byIns(record.ins)}`
  t.equal(verdict(await app.as(parent).post('/Consent', opening(record))), '201', 'a representative lets in')
  for (const who of [parent, record.holder]) {
    t.equal(foundDocuments(await as(app, who).get(search)).length, 1, 'and sees what is announced')
    t.equal(verdict(await as(app, who).get(`/DocumentReference/${hidden.documentId}`)), UNKNOWN)
  }
  t.equal(
    verdict(await as(app, aidant(matricule(905), record.ins)).get(search)),
    '403 forbidden representation-absente P2',
  )
  t.match(verdict(await as(app, gp).get(search)), /^401 security jeton-invalide/)
  t.match(verdict(await as(app, hospital).get(search)), /^401 security jeton-invalide/)
  t.match(
    verdict(await as(app, patientPersona(record.ins), 'inconnu').get(search)),
    /^401 security jeton-invalide/,
  )
  t.equal(verdict(await app.as(record.holder).get(search)), '200', 'the patient’s own software')
})
