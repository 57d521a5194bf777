/**
 * The patient's choices over HTTP: every category, who may write and end it, one Consent for each for ever, what
 * contradicts it, and that what Consents say is what is in force.
 * @see docs/policy.md F2, F6, A3 to A7, A13, P2, V6
 */
import type { Bundle, Consent } from '@medplum/fhirtypes'
import tap from 'tap'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp as ownServer, type TestApp } from '../support/app.ts'
import { type ChoiceParts, careTeam, choice, freshUniqueId, provideBundle } from '../support/builders.ts'
import { type HeaderFields, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  administration,
  aidant,
  auditor,
  demoInsSystem,
  gp,
  hospital,
  hospitalId,
  nurse,
  otherGp,
  otherStructureId,
  patientPersona,
  representative,
  secretariat,
} from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

const DAY = 86_400_000
const UNKNOWN = '404 not-found inconnu'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const choiceSystem = 'https://dmp-fhir.example/CodeSystem/choix-patient'
const minorTraits = { birthDate: '2012-06-15' } as const

type Writer = {
  readonly post: (category: string, parts?: ChoiceParts, by?: Persona) => Promise<Received>
  readonly put: (
    category: string,
    parts: ChoiceParts & { readonly id: string },
    by?: Persona,
    headers?: HeaderFields,
  ) => Promise<Received>
}

function writer(app: TestApp, record: TestRecord): Writer {
  return {
    post: (category, parts, by = record.holder) =>
      app.as(by).post('/Consent', choice(category, record.id, parts)),
    put: (category, parts, by = record.holder, headers = {}) =>
      app.as(by).put(`/Consent/${parts.id}`, choice(category, record.id, parts), headers),
  }
}

function consentOf(answer: Received): Consent & { readonly id: string } {
  const consent = resourceOf(answer, 'Consent')
  return { ...consent, id: consent.id ?? '' }
}

const search = ({ ins }: TestRecord): string => `/DocumentReference?${byIns(ins)}`

async function listed(app: TestApp, who: Persona, record: TestRecord, more = ''): Promise<string[]> {
  const answer = await app.as(who).get(`/Consent?patient=${record.id}${more}`)
  if (answer.status !== 200) throw new Error(verdict(answer))
  const bundle: Bundle = resourceOf(answer, 'Bundle')
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Consent'
      ? [
          `${resource.category[0]?.coding?.[0]?.code} ${resource.status} ${resource.provision?.type} ${
            resource.provision?.actor?.[0]?.reference?.identifier?.value ?? ''
          }`.trim(),
        ]
      : [],
  )
}

tap.test('one Consent for each choice for ever: again is nothing, other is a version', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { post, put } = writer(app, record)
  const actor = idOf(gp)
  const before = await app.stored()
  const first = await post('autorisation', { actor })
  t.equal(verdict(first), '201')
  const consent = consentOf(first)
  t.equal(first.headers.location, `${app.base}/Consent/${consent.id}/_history/1`)
  const end = consent.provision?.period?.end ?? ''
  t.ok(Math.abs(Date.parse(end) - app.now() - 365 * DAY) < 60_000, 'the default end stands in it')
  const again = await post('autorisation', { actor })
  t.same([again.status, again.headers.etag, consentOf(again).id], [200, 'W/"1"', consent.id])
  const traces = await app.traces()
  t.equal((await app.stored()).resource, (before.resource ?? 0) + 1, 'nothing stored twice')
  const shorter = new Date(app.now() + 30 * DAY).toISOString()
  const changed = await post('autorisation', { actor, period: { end: shorter } })
  t.same([changed.status, changed.headers.etag, consentOf(changed).id], [200, 'W/"2"', consent.id])
  t.equal(await app.traces(), traces + 1)
  t.equal(verdict(await app.as(gp).get(search(record))), '200')
  app.advance(31 * DAY)
  t.equal(verdict(await app.as(gp).get(search(record))), '403 forbidden autorisation-expiree A4')
  t.equal((await post('autorisation', { actor })).headers.etag, 'W/"3"', 'past its end it is renewed')

  const stale = await put('autorisation', { id: consent.id, actor, status: 'inactive' }, record.holder, {
    'if-match': 'W/"2"',
  })
  t.equal(verdict(stale), '412 conflict version-perimee')
  t.equal(verdict(await app.as(gp).get(search(record))), '200')
  const ended = await put('autorisation', { id: consent.id, actor, status: 'inactive' }, record.holder, {
    'if-match': 'W/"3"',
  })
  t.same([ended.status, ended.headers.etag, consentOf(ended).status], [200, 'W/"4"', 'inactive'])
  t.equal(verdict(await app.as(gp).get(search(record))), '403 forbidden autorisation-absente A1')
  const twice = await put('autorisation', { id: consent.id, actor, status: 'inactive' })
  t.same([twice.status, twice.headers.etag], [200, 'W/"4"'])
  t.equal((await post('autorisation', { actor })).headers.etag, 'W/"5"', 'the same Consent again')

  const history = resourceOf(
    await app.as(record.holder).get(`/Consent/${consent.id}/_history?_count=2`),
    'Bundle',
  )
  t.same(
    history.entry?.map(({ response }) => response?.etag),
    ['W/"5"', 'W/"4"'],
  )
  const next = history.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  const rest = resourceOf(await app.as(record.holder).get(`${next}`), 'Bundle')
  t.same(
    rest.entry?.map(({ response }) => response?.etag),
    ['W/"3"', 'W/"2"'],
  )
  t.equal(verdict(await app.as(gp).get(next)), '400 invalid curseur-invalide', 'a cursor is the caller’s own')
  const old = await app.as(record.holder).get(`/Consent/${consent.id}/_history/1`)
  t.equal(consentOf(old).provision?.period?.end, end)
  t.equal(verdict(await app.as(record.holder).get(`/Consent/${consent.id}/_history/9`)), UNKNOWN)
})

tap.test('eight at once are one Consent', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { post } = writer(app, record)
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => post('blocage', { type: 'deny', actor: idOf(gp) })),
  )
  t.same(answers.map(({ status }) => status).sort(), [...Array(7).fill(200), 201])
  t.equal(new Set(answers.map((answer) => consentOf(answer).id)).size, 1)
  const [row] = await app.query<{ versions: number }>(
    `select count(*)::integer as versions from resource_version where type = 'Consent'`,
  )
  t.equal(row?.versions, 0)
})

tap.test('what is no choice is told, element by element, and stores nothing', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { post, put } = writer(app, record)
  const before = await app.stored()
  const wrong = (element: string): string => `422 business-rule choix-incorrect @ Consent.${element}`
  const actor = idOf(gp)
  const past = new Date(app.now() - DAY).toISOString()
  const later = new Date(app.now() + DAY).toISOString()
  const document = freshUniqueId()
  const cases: readonly (readonly [string, ChoiceParts, string])[] = [
    ['ouverture', {}, '422 business-rule choix-ouverture A12 @ Consent.category'],
    ['autre', {}, wrong('category')],
    ['autorisation', {}, wrong('provision.actor')],
    ['autorisation', { actor, type: 'deny' }, wrong('provision.type')],
    ['autorisation', { actor, period: { end: past } }, wrong('provision.period')],
    ['autorisation', { actor, period: { start: later } }, wrong('provision.period')],
    ['autorisation', { actor, purpose: ['BTG'] }, wrong('provision.purpose')],
    ['autorisation', { actor, document }, wrong('provision.data')],
    ['autorisation', { actor: '899700000006' }, wrong('provision.actor')],
    ['autorisation', { actor, status: 'inactive' }, wrong('status')],
    ['blocage', { actor }, wrong('provision.type')],
    ['blocage', { actor, type: 'deny', period: { end: later } }, wrong('provision.period')],
    [
      'blocage',
      { actor: hospitalId, type: 'deny' },
      '422 business-rule structure-non-bloquable A6 @ Consent.provision.actor',
    ],
    ['medecin-traitant', { actor: hospitalId }, wrong('provision.actor')],
    ['bris-de-glace', { actor }, wrong('provision.actor')],
    ['bris-de-glace', { purpose: ['ETREAT'] }, wrong('provision.purpose')],
    ['masques-en-urgence', { purpose: ['BTG'] }, wrong('provision.purpose')],
    ['masquage-par-defaut', {}, wrong('provision.type')],
    ['aidant', { actor }, wrong('provision.actor')],
    ['aidant', { person: record.ins }, wrong('provision.actor')],
  ]
  for (const [category, parts, expected] of cases) {
    t.equal(
      verdict(await post(category, parts)),
      expected,
      `${category} ${JSON.stringify(Object.keys(parts))}`,
    )
  }
  const nested = choice('autorisation', record.id, { actor })
  const nesting = await app.as(record.holder).post('/Consent', {
    ...nested,
    provision: { ...nested.provision, provision: [{ type: 'deny' }] },
  })
  t.equal(verdict(nesting), wrong('provision.provision'), 'a restriction that nobody applies')
  const modifierExtension = [{ url: 'https://logiciel.example/sauf', valueString: 'psychiatrie' }]
  for (const [changed, at] of [
    [{ ...nested, modifierExtension }, 'modifierExtension'],
    [{ ...nested, provision: { ...nested.provision, modifierExtension } }, 'provision.modifierExtension'],
    [{ ...nested, implicitRules: 'https://logiciel.example/regles' }, 'implicitRules'],
  ] as const)
    t.equal(verdict(await app.as(record.holder).post('/Consent', changed)), wrong(at), 'nor a meaning')
  const large = await app.as(record.holder).post('/Consent', {
    ...nested,
    sourceAttachment: { data: 'A'.repeat(300_000) },
  })
  t.equal(verdict(large), '413 too-long trop-long')
  t.same(await app.stored(), before)

  // PUT: the same choice, of the same record, under its own id.
  const { id } = consentOf(await post('autorisation', { actor }))
  const other = await openTestRecord(app, matricule(2))
  t.equal(
    verdict(await put('autorisation', { id, actor: idOf(nurse) })),
    '422 business-rule choix-autre @ Consent.category',
  )
  const mismatch = await app
    .as(record.holder)
    .put(`/Consent/${id}`, choice('autorisation', record.id, { actor }))
  t.equal(verdict(mismatch), '400 structure id-divergent @ Consent.id')
  const invented = `${record.id}.00000000000000000000000000`
  t.equal(verdict(await put('autorisation', { id: invented, actor })), UNKNOWN)
  const foreign = await app
    .as(other.holder)
    .put(`/Consent/${id}`, choice('autorisation', other.id, { id, actor }))
  t.equal(verdict(foreign), UNKNOWN, 'of another record')
  t.equal(verdict(await put('autorisation', { id, actor }, gp)), '200', 'a professional its own')
  const guess = await put('autorisation', { id, actor: idOf(nurse) }, nurse)
  t.equal(verdict(guess), UNKNOWN, 'and learns nothing of another’s')
})

tap.test('who may write which choice', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), minorTraits)
  const { post, put } = writer(app, record)
  const parent = representative(matricule(11), record.ins)
  const helper = aidant(matricule(12), record.ins)
  t.equal(verdict(await post('representation', { person: matricule(11) }, administration)), '201')
  t.equal(verdict(await post('aidant', { person: matricule(12) })), '201')
  const stranger = patientPersona(matricule(99))
  const right = (rule: string): string => `403 forbidden droit-fonctionnel ${rule}`
  const actor = idOf(gp)
  const everybody = {
    patient: record.holder,
    parent,
    helper,
    administration,
    auditor,
    gp,
    hospital,
    stranger,
  }
  const refusals: Readonly<Record<string, readonly (keyof typeof everybody)[]>> = {
    'bris-de-glace': ['helper', 'administration', 'auditor', 'gp', 'hospital'],
    notification: ['helper', 'administration', 'auditor', 'gp', 'hospital'],
  }
  for (const [category, who] of Object.entries(refusals)) {
    for (const name of who)
      t.equal(verdict(await post(category, {}, everybody[name])), right('A6'), `${category} ${name}`)
  }
  t.equal(verdict(await post('notification', {}, stranger)), `${UNKNOWN} @ Consent.patient`)
  t.equal(verdict(await post('bris-de-glace', {}, parent)), '201', 'a parent chooses')
  for (const who of [record.holder, parent, gp, auditor])
    t.equal(verdict(await post('representation', { person: matricule(13) }, who)), right('F0'))
  for (const who of [gp, hospital, helper, administration])
    t.equal(verdict(await post('aidant', { person: matricule(13) }, who)), right('A6'))
  t.equal(verdict(await post('medecin-traitant', { actor }, gp)), right('A6'), 'a status the patient gives')

  // A colleague's authorisation is collected by who is authorised.
  t.equal(
    verdict(await post('autorisation', { actor: idOf(nurse) }, gp)),
    '403 forbidden autorisation-absente A1',
  )
  t.equal(verdict(await post('autorisation', { actor }, gp)), '201')
  t.equal(verdict(await post('autorisation', { actor: idOf(nurse) }, gp)), '201')
  t.equal(verdict(await app.as(nurse).get(search(record))), '200')
  t.equal(
    verdict(await post('autorisation', { actor: idOf(otherGp) }, secretariat)),
    right('F2'),
    'a secretariat declares its structure alone',
  )
  t.equal(verdict(await post('autorisation', { actor: otherStructureId }, secretariat)), '201')

  // The médecin traitant blocks on request, and does not unblock.
  t.equal(verdict(await post('blocage', { type: 'deny', actor: idOf(otherGp) }, gp)), right('A6'))
  const treating = consentOf(await post('medecin-traitant', { actor }))
  const block = await post('blocage', { type: 'deny', actor: idOf(otherGp) }, gp)
  t.equal(verdict(block), '201')
  const { id } = consentOf(block)
  const unblock = { id, type: 'deny', actor: idOf(otherGp), status: 'inactive' } as const
  t.equal(verdict(await put('blocage', unblock, gp)), right('A6'))
  t.equal(verdict(await put('blocage', unblock)), '200')

  // What is one's own one ends.
  const own = { id: treating.id, actor, status: 'inactive' } as const
  t.equal(verdict(await put('medecin-traitant', own, nurse)), right('A6'))
  t.equal(verdict(await put('medecin-traitant', own, gp)), '200')
  const mine = consentOf(await post('autorisation', { actor }, gp))
  t.equal(verdict(await put('autorisation', { id: mine.id, actor, status: 'inactive' }, nurse)), right('A6'))
  t.equal(verdict(await put('autorisation', { id: mine.id, actor, status: 'inactive' }, gp)), '200')
  const emergency = { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': 'Patient%20inconscient%20seul' }
  const declared = await app.as(gp).post('/Consent', choice('autorisation', record.id, { actor }), emergency)
  t.equal(verdict(declared), right('F2'), 'nobody declares itself in an emergency')
})

tap.test('nothing is chosen in a secret connection, for representatives read the choices', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), minorTraits)
  const { post, put } = writer(app, record)
  const secretly = { ...gp, secretConnection: true } as const
  const actor = idOf(gp)
  const refused = '403 forbidden choix-en-secret V5'
  t.equal(verdict(await post('autorisation', { actor }, secretly)), refused)
  t.same(
    await listed(app, record.holder, record, '&category=autorisation'),
    [],
    'none for representatives to read',
  )

  const mine = consentOf(await post('autorisation', { actor }, gp))
  t.equal(verdict(await app.as(secretly).get(search(record))), '200', 'what was declared openly serves')
  t.equal(verdict(await post('autorisation', { actor: idOf(nurse) }, secretly)), refused)
  t.equal(verdict(await put('autorisation', { id: mine.id, actor, status: 'inactive' }, secretly)), refused)
  t.equal(
    verdict(await post('opposition-alimentation', { type: 'deny', document: '2.25.7' }, secretly)),
    refused,
  )
  t.equal(verdict(await app.as(secretly).post('/CareTeam', careTeam(record.id, [actor]))), refused)
  t.equal(verdict(await post('medecin-traitant', { actor })), '201')
  t.equal(verdict(await post('blocage', { type: 'deny', actor: idOf(nurse) }, secretly)), refused)
})

tap.test('choices that contradict each other, and what one does to others', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { post, put } = writer(app, record)
  const actor = idOf(gp)
  const block = async () => post('blocage', { type: 'deny', actor })
  t.equal(verdict(await post('autorisation', { actor })), '201')
  t.equal(verdict(await post('medecin-traitant', { actor })), '201')
  const blocked = consentOf(await block())
  t.same((await listed(app, record.holder, record, '&status=active')).sort(), [
    `blocage active deny ${actor}`,
    'ouverture active permit',
  ])
  t.equal(verdict(await post('autorisation', { actor })), '409 conflict acteur-bloque A3')
  t.equal(verdict(await post('medecin-traitant', { actor })), '409 conflict acteur-bloque A3')
  t.equal(verdict(await post('autorisation', { actor }, gp)), '403 forbidden professionnel-bloque A3')
  const lift = { id: blocked.id, type: 'deny', actor, status: 'inactive' } as const
  t.equal(verdict(await put('blocage', lift)), '200')
  t.equal(
    verdict(await app.as(gp).get(search(record))),
    '403 forbidden autorisation-absente A1',
    'unblocked, and not authorised again (A3)',
  )
  t.equal(
    verdict(await post('autorisation', { actor }, gp)),
    '200',
    'authorised again: a version of the same',
  )

  // One médecin traitant.
  t.equal(verdict(await post('medecin-traitant', { actor })), '200')
  t.equal(verdict(await post('medecin-traitant', { actor: idOf(otherGp) })), '201')
  t.same(await listed(app, record.holder, record, '&status=active&category=medecin-traitant'), [
    `medecin-traitant active permit ${idOf(otherGp)}`,
  ])

  // A7.
  t.equal(verdict(await post('masques-en-urgence', { purpose: ['BTG', 'ETREAT'] })), '201')
  t.equal(verdict(await post('bris-de-glace', { type: 'deny', purpose: ['BTG'] })), '201')
  t.equal(verdict(await post('centre-15', { type: 'deny' })), '201')
  const emergencies = '&category=bris-de-glace,centre-15,masques-en-urgence'
  t.same((await listed(app, record.holder, record, emergencies)).sort(), [
    'bris-de-glace active deny',
    'centre-15 active deny',
    'masques-en-urgence active deny',
  ])
  t.equal(verdict(await post('masques-en-urgence')), '409 conflict urgences-refusees A7')
  t.equal(verdict(await post('centre-15')), '200')
  t.equal(verdict(await post('masques-en-urgence')), '200')
  const [facts] = await app.query<Record<string, boolean>>(
    `select bris_de_glace_allowed as one, centre_15_allowed as two, masked_in_emergency as three from record`,
  )
  t.same({ ...facts }, { one: false, two: true, three: true })
})

tap.test('masking by default and notices of changes, on and off (V6, A10)', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { post, put } = writer(app, record)
  await post('autorisation', { actor: idOf(gp) })
  const masking = consentOf(await post('masquage-par-defaut', { type: 'deny' }))
  await record.push()
  t.equal(foundDocuments(await app.as(gp).get(search(record))).length, 0)
  t.equal(foundDocuments(await app.as(record.holder).get(search(record))).length, 1)
  await put('masquage-par-defaut', { id: masking.id, type: 'deny', status: 'inactive' })
  await record.push()
  t.equal(foundDocuments(await app.as(gp).get(search(record))).length, 1, 'later documents are not masked')
  const wants = async () =>
    (await app.query<{ wants: boolean }>('select notices_of_changes as wants from record'))[0]?.wants
  t.equal(verdict(await post('notification', { type: 'deny' })), '201')
  t.equal(await wants(), false)
  t.equal(verdict(await post('notification')), '200')
  t.equal(await wants(), true)
})

tap.test('an objection to one document, before it is deposited (A13)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { post, put } = writer(app, record)
  const document = freshUniqueId()
  const object = { type: 'deny', document } as const
  t.equal(verdict(await post('opposition-alimentation', object)), '403 forbidden droit-fonctionnel F7')
  const made = await post('opposition-alimentation', object, hospital)
  t.equal(verdict(made), '201')
  const before = await app.stored()
  const deposit = () => app.as(hospital).post('', provideBundle({ ins: record.ins, uniqueId: document }))
  t.match(verdict(await deposit()), /^409 .*opposition-alimentation A13/)
  t.same(await app.stored(), before)
  t.ok(await record.push(), 'another document goes in')
  const { id } = consentOf(made)
  t.equal(
    verdict(await put('opposition-alimentation', { id, ...object, status: 'inactive' }, hospital)),
    '403 forbidden droit-fonctionnel A6',
    'the patient alone withdraws it',
  )
  t.equal(verdict(await put('opposition-alimentation', { id, ...object, status: 'inactive' })), '200')
  t.equal(verdict(await deposit()), '200')
  t.equal(
    verdict(await post('opposition-alimentation', object, hospital)),
    '409 conflict document-deja-depose A13 @ Consent.provision.data',
  )
})

tap.test('who acts for the patient: named, limited, ended at once (P2)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), minorTraits)
  const { post, put } = writer(app, record)
  const uniqueId = freshUniqueId()
  const cda = syntheticCda({ ins: record.ins, uniqueId, birthTime: '20120615' })
  const { documentId } = await record.push({ uniqueId, cda })
  const parent = representative(matricule(11), record.ins)
  const helper = aidant(matricule(12), record.ins)
  const none = '403 forbidden representation-absente P2'
  const reads = async (who: Persona) => verdict(await app.as(who).get(`/DocumentReference/${documentId}`))
  t.equal(await reads(parent), none)
  t.equal(await reads(helper), none)
  const named = consentOf(await post('representation', { person: matricule(11) }, administration))
  t.equal(named.provision?.period?.end, '2030-06-14T21:59:59.999Z', 'until the patient is of age, in Paris')
  const late = await post(
    'representation',
    { person: matricule(13), period: { end: '2031-01-01' } },
    administration,
  )
  t.equal(verdict(late), '422 business-rule choix-incorrect @ Consent.provision.period')
  t.equal(await reads(parent), '200')
  t.equal(
    verdict(await app.as(administration).get(`/Consent/${named.id}`)),
    '200',
    'the administration reads what it wrote',
  )
  t.equal(
    verdict(await post('aidant', { person: matricule(11) })),
    '409 conflict deja-representant P2',
    'a representative is no aidant',
  )
  const helping = consentOf(await post('aidant', { person: matricule(12) }))
  t.equal(await reads(helper), '200')
  const neighbour = await openTestRecord(app, matricule(3))
  const inAnother = await app.as(aidant(matricule(12), neighbour.ins)).get(search(neighbour))
  t.equal(verdict(inAnother), none, 'an aidant here is none of another patient')
  const sameNumber = { system: demoInsSystem, value: matricule(12).value }
  t.equal(
    await reads(aidant(sameNumber, record.ins)),
    none,
    'nor is who has the same number in another system',
  )
  t.equal(
    verdict(await app.as(helper).get(`/Consent?patient=${record.id}`)),
    '403 forbidden droit-fonctionnel F6',
    'an aidant reads documents, and no choices',
  )
  t.equal(
    verdict(await put('aidant', { id: helping.id, person: matricule(12), status: 'inactive' }, parent)),
    '200',
    'ended by the representative',
  )
  t.equal(await reads(helper), none, 'at once')
  t.equal(
    verdict(await put('representation', { id: named.id, person: matricule(11), status: 'inactive' }, parent)),
    '403 forbidden droit-fonctionnel F0',
  )
  t.equal(
    verdict(
      await put(
        'representation',
        { id: named.id, person: matricule(11), status: 'inactive' },
        administration,
      ),
    ),
    '200',
  )
  t.equal(await reads(parent), none)

  const adult = await openTestRecord(app, matricule(2))
  const guardian = { person: matricule(14) } as const
  const forAdult = writer(app, adult)
  t.equal(
    verdict(await forAdult.post('representation', guardian, administration)),
    '422 business-rule choix-incorrect @ Consent.provision.period',
    'a protected adult’s has an end',
  )
  const end = new Date(app.now() + 10 * DAY).toISOString()
  t.equal(
    verdict(await forAdult.post('representation', { ...guardian, period: { end } }, administration)),
    '201',
  )
  const acting = representative(matricule(14), adult.ins)
  t.equal(verdict(await app.as(acting).get(search(adult))), '200')
  app.advance(11 * DAY)
  t.equal(verdict(await app.as(acting).get(search(adult))), none)
  t.equal(verdict(await forAdult.post('aidant', guardian)), '201', 'whose time is over may help')
})

tap.test('three aidants a patient, five persons an aidant, however many requests at once', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { post } = writer(app, record)
  const six = await Promise.all(
    Array.from({ length: 6 }, (_, i) => post('aidant', { person: matricule(20 + i) })),
  )
  t.same(six.map(verdict).sort(), [
    ...Array(3).fill('201'),
    ...Array(3).fill('409 conflict aidants-trop-nombreux P2'),
  ])
  const records = await Promise.all(
    Array.from({ length: 8 }, (_, i) => openTestRecord(app, matricule(40 + i))),
  )
  const helped = await Promise.all(
    records.map((one) => writer(app, one).post('aidant', { person: matricule(30) })),
  )
  t.same(helped.map(verdict).sort(), [
    ...Array(5).fill('201'),
    ...Array(3).fill('409 conflict aidant-de-trop-de-personnes P2'),
  ])
  const [rows] = await app.query<{ count: number }>('select count(*)::integer as count from representation')
  t.equal(rows?.count, 8)
  const period = { end: new Date(app.now() + 10 * DAY).toISOString() }
  const longer = async (of: TestRecord, answer: Received | undefined, person: InsIdentifier) =>
    answer && verdict(await writer(app, of).put('aidant', { id: consentOf(answer).id, person, period }))
  const third = six.findIndex(({ status }) => status === 201)
  t.equal(await longer(record, six[third], matricule(20 + third)), '200', 'one of three is not a fourth')
  const fifth = helped.findIndex(({ status }) => status === 201)
  t.equal(
    await longer(records[fifth] ?? record, helped[fifth], matricule(30)),
    '200',
    'nor one of five a sixth',
  )
  // Named by identifier alone, the person is the same, and so is the choice; under two numbers it is nobody.
  const [one] = six.filter(({ status }) => status === 201)
  const made = one ? consentOf(one) : undefined
  const person = made?.contained?.[0]
  const identifier = person?.resourceType === 'RelatedPerson' ? person.identifier?.[0] : undefined
  const named = choice('aidant', record.id, { person: matricule(20) })
  const actor = named.provision?.actor?.[0]
  const { contained: _, ...alone } = named
  const logical = {
    ...alone,
    provision: { ...named.provision, actor: [{ ...actor, reference: { identifier } }] },
  }
  const again = await app.as(record.holder).post('/Consent', logical)
  t.same([again.status, consentOf(again).id], [200, made?.id])
  const doubled = { ...actor, reference: { reference: '#personne', identifier: matricule(28) } }
  t.equal(
    verdict(
      await app
        .as(record.holder)
        .post('/Consent', { ...named, provision: { ...named.provision, actor: [doubled] } }),
    ),
    '422 business-rule choix-incorrect @ Consent.provision.actor',
  )
  // A year later they are over, and there is room again.
  app.advance(366 * DAY)
  t.equal(verdict(await post('aidant', { person: matricule(29) })), '201')
})

tap.test('TD1.6: who reads which choices (F6, V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { post } = writer(app, record)
  const own = consentOf(await post('autorisation', { actor: idOf(gp) }))
  const helping = consentOf(await post('aidant', { person: matricule(12) }))
  await post('blocage', { type: 'deny', actor: idOf(otherGp) })
  await post('notification', { type: 'deny' })
  t.equal((await listed(app, record.holder, record)).length, 5)
  const seen = [
    'ouverture active permit',
    `autorisation active permit ${idOf(gp)}`,
    `blocage active deny ${idOf(otherGp)}`,
  ]
  t.same((await listed(app, gp, record)).sort(), [...seen].sort())
  const invented = `/Consent/${record.id}.00000000000000000000000000`
  const hidden = await app.as(gp).get(`/Consent/${helping.id}`)
  t.same(
    [hidden.status, hidden.text],
    [404, (await app.as(gp).get(invented)).text],
    'the aidant is not theirs to know',
  )
  t.equal(verdict(await app.as(gp).get(`/Consent/${helping.id}/_history`)), UNKNOWN)
  t.equal(verdict(await app.as(gp).get(`/Consent/${helping.id}/_history/1`)), UNKNOWN)

  // Who may not list reads its own standing, and the same refusal for everything else.
  const refused = '403 forbidden professionnel-bloque A3'
  t.equal(verdict(await app.as(otherGp).get(`/Consent?patient=${record.id}`)), refused)
  t.equal(verdict(await app.as(otherGp).get(`/Consent/${own.id}`)), refused)
  t.equal(verdict(await app.as(otherGp).get(invented)), refused)
  const self = `actor:identifier=${encodeURIComponent(`urn:oid:1.2.250.1.71.4.2.1|${idOf(otherGp)}`)}`
  t.same(await listed(app, otherGp, record, `&${self}`), [`blocage active deny ${idOf(otherGp)}`])
  const both = `${self},${encodeURIComponent(idOf(gp))}`
  t.equal(verdict(await app.as(otherGp).get(`/Consent?patient=${record.id}&${both}`)), refused)
  t.equal(
    verdict(await app.as(nurse).get(`/Consent?patient=${record.id}`)),
    '403 forbidden autorisation-absente A1',
  )

  // The trace names what decided: one's own standing, or what was refused.
  const rules = async (who: Persona) =>
    (await storedTraces(app.engine.db, 'search-consents'))
      .filter(({ person }) => person === `ps:${idOf(who)}`)
      .map(({ rules: [rule] }) => rule)
  t.same(await rules(otherGp), ['A3', 'F1', 'A3'])

  // Parameters, pages, totals.
  const category = (code: string) => encodeURIComponent(`${choiceSystem}|${code}`)
  t.same(await listed(app, gp, record, `&category=${category('blocage')}`), [seen[2]])
  t.same(await listed(app, gp, record, `&category:not=blocage,autorisation`), [seen[0]])
  t.same(await listed(app, gp, record, `&category=aidant`), [])
  t.same(await listed(app, gp, record, `&_id=${own.id},${helping.id}`), [seen[1]])
  t.same(await listed(app, gp, record, `&_lastUpdated=lt2020-01-01`), [])
  const counted = resourceOf(
    await app.as(gp).get(`/Consent?patient=${record.id}&_total=accurate&_count=1`),
    'Bundle',
  )
  t.same([counted.total, counted.entry?.length], [3, 1])
  const pages: string[] = []
  let next: string | undefined = `/Consent?patient=${record.id}&_count=1`
  while (next !== undefined) {
    const page: Bundle = resourceOf(await app.as(gp).get(next), 'Bundle')
    t.equal(page.entry?.length, 1)
    pages.push(page.entry?.[0]?.resource?.id ?? '')
    next = page.link?.find(({ relation }) => relation === 'next')?.url
  }
  t.equal(new Set(pages).size, 3)
  const form = await app.as(gp).post('/Consent/_search', `${byIns(record.ins)}&status=active`, {
    'content-type': 'application/x-www-form-urlencoded',
  })
  t.equal(resourceOf(form, 'Bundle').entry?.length, 3)
  t.equal(verdict(await app.as(gp).get('/Consent?status=active')), '400 required patient-requis')
  t.equal(
    verdict(await app.as(gp).get(`/Consent?patient=${record.id}&actor=abc`)),
    '400 value parametre-invalide',
  )
})

tap.test('what others choose for the patient the patient is told', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const { post } = writer(app, record)
  const told = async () =>
    (
      await app.query<{ key: string; person: string }>(
        `select key, person from notice where kind = 'choix' and recipient = 'patient' order by recorded`,
      )
    ).map(({ person }) => person)
  await post('autorisation', { actor: idOf(nurse) })
  await post('notification', { type: 'deny' })
  t.same(await told(), [], 'not of its own choices')
  await post('autorisation', { actor: idOf(gp) }, gp)
  t.same(await told(), [`ps:${idOf(gp)}`], 'whatever it wants of changes')
  await post('autorisation', { actor: idOf(gp) }, gp)
  await post('autorisation', { actor: 'wrong' }, gp)
  t.equal((await told()).length, 1, 'nothing changed, nothing told')
  await post('medecin-traitant', { actor: idOf(gp) })
  await post('blocage', { type: 'deny', actor: idOf(otherGp) }, gp)
  t.equal((await told()).length, 2)
})
