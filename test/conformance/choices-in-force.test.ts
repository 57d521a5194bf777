/**
 * Care teams, the closing of a record, and that choices are in force everywhere at once: over HTTP, on two servers with one
 * database; and that after any sequence of choices the record's facts are those that its active Consents say.
 * @see docs/policy.md A1, A3, A5, A6, A12
 */
import assert from 'node:assert/strict'
import type { Bundle, CareTeam, Consent, Parameters } from '@medplum/fhirtypes'
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp as ownServer, type TestApp } from '../support/app.ts'
import { type ChoiceParts, careTeam, choice, patient, provideBundle } from '../support/builders.ts'
import fc from '../support/draws.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  administration,
  aidant,
  gp,
  hospital,
  nurse,
  otherGp,
  otherStructureId,
  patientPersona,
} from '../support/personas.ts'
import { byIns, openTestRecord, type TestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

const DAY = 86_400_000
const UNKNOWN = '404 not-found inconnu'
const ABSENT = '403 forbidden autorisation-absente A1'
const CLOSED = '403 suppressed dossier-ferme A12'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const search = ({ ins }: TestRecord): string => `/DocumentReference?${byIns(ins)}`
const reading = async (app: Pick<TestApp, 'as'>, who: Persona, record: TestRecord): Promise<string> =>
  verdict(await app.as(who).get(search(record)))

tap.test('a choice is in force for the very next request, on any server', async (t) => {
  await using app = await testApp()
  const twin = await app.twin()
  const record = await openTestRecord(app, matricule(1))
  const actor = idOf(gp)
  for (let round = 0; round < 5; round++) {
    const made = await app
      .as(record.holder)
      .post('/Consent', choice('blocage', record.id, { type: 'deny', actor }))
    t.equal(await reading(twin, gp, record), '403 forbidden professionnel-bloque A3')
    const { id = '' } = resourceOf(made, 'Consent')
    const lifted = { id, type: 'deny', actor, status: 'inactive' } as const
    await twin.as(record.holder).put(`/Consent/${id}`, choice('blocage', record.id, lifted))
    t.equal(await reading(app, gp, record), ABSENT)
    await twin.as(gp).post('/Consent', choice('autorisation', record.id, { actor }))
    t.equal(await reading(app, gp, record), '200')
  }
  const page = resourceOf(await app.as(record.holder).get(`/Consent?patient=${record.id}&_count=1`), 'Bundle')
  const next = page.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  t.equal(
    verdict(await twin.as(record.holder).get(next.replace(app.base, twin.base))),
    '200',
    'and a page of one server goes on at the other',
  )
})

tap.test('care teams: by the patient, by a member, who is in them and who is not (A1, A5)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const post = (body: CareTeam, by: Persona) => app.as(by).post('/CareTeam', body)
  const put = (body: CareTeam, by: Persona, headers = {}) =>
    app.as(by).put(`/CareTeam/${body.id}`, body, headers)
  const team = (members: readonly Persona[], more: Partial<CareTeam> = {}) =>
    careTeam(record.id, members.map(idOf), more)
  const before = await app.stored()
  const wrong = (element: string): string => `422 business-rule equipe-incorrecte @ CareTeam.${element}`
  const cases: readonly (readonly [CareTeam, string])[] = [
    [{ ...team([gp]), participant: Array(101).fill(team([gp]).participant?.[0]) }, wrong('participant')],
    [team([gp], { status: 'inactive' }), wrong('status')],
    [careTeam(record.id, ['899700000006']), wrong('participant[0].member')],
    [team([gp], { period: { end: '2020-01-01' } }), wrong('period')],
    [team([gp], { period: { start: '2100-01-01' } }), wrong('period')],
    [
      { ...team([gp]), participant: [{ ...team([gp]).participant?.[0], period: { end: '2100-01-01' } }] },
      wrong('participant[0].period'),
    ],
    [
      team([gp], { modifierExtension: [{ url: 'https://logiciel.example/sauf', valueString: 'la nuit' }] }),
      wrong('modifierExtension'),
    ],
  ]
  for (const [body, expected] of cases) t.equal(verdict(await post(body, record.holder)), expected)
  t.equal(verdict(await post(team([gp]), gp)), ABSENT, 'a member without an authorisation founds none')
  t.equal(verdict(await post(team([gp]), patientPersona(matricule(9)))), `${UNKNOWN} @ CareTeam.subject`)
  for (const who of [hospital, administration, aidant(matricule(9), record.ins)])
    t.equal((await post(team([gp]), who)).status, 403)
  t.same(await app.stored(), before)

  // The patient's own: each member is authorised, from the next request on.
  const made = await post(team([gp, nurse]), record.holder)
  t.equal(verdict(made), '201')
  const own = resourceOf(made, 'CareTeam')
  t.equal(await reading(app, gp, record), '200')
  t.equal(await reading(app, nurse, record), '200')
  t.equal(await reading(app, otherGp, record), ABSENT)
  const mine = '403 forbidden equipe-des-autres A5'
  t.equal(
    verdict(await put({ ...own, ...team([gp, nurse, otherGp]), id: own.id ?? '' }, gp)),
    mine,
    'the patient’s',
  )
  t.equal(verdict(await app.as(gp).get(`/CareTeam/${own.id}`)), '200')
  t.equal(verdict(await app.as(otherGp).get(`/CareTeam/${own.id}`)), ABSENT)
  t.equal(
    verdict(await put({ ...own, status: 'inactive' }, record.holder, { 'if-match': 'W/"7"' })),
    '412 conflict version-perimee',
  )
  t.equal((await put(own, record.holder)).headers.etag, 'W/"1"', 'the same again is nothing')
  t.equal((await put({ ...own, status: 'inactive' }, record.holder)).headers.etag, 'W/"2"')
  t.equal(await reading(app, gp, record), ABSENT, 'ended')

  // A member's: it rests on an authorisation.
  await record.choose('autorisation', idOf(gp))
  t.equal(verdict(await post(team([nurse, otherGp]), gp)), mine, 'not a team of others')
  const shared = resourceOf(await post(team([gp, nurse]), gp), 'CareTeam')
  t.equal(await reading(app, nurse, record), '200')
  const told = await app.query(`select from notice where kind = 'choix' and key like 'choix CareTeam/%'`)
  t.equal(told.length, 1, 'and the patient is told')
  const authorised = resourceOf(
    await app.as(record.holder).post('/Consent', choice('autorisation', record.id, { actor: idOf(gp) })),
    'Consent',
  )
  const end = { id: authorised.id ?? '', actor: idOf(gp), status: 'inactive' } as const
  await app.as(record.holder).put(`/Consent/${end.id}`, choice('autorisation', record.id, end))
  t.equal(
    await reading(app, nurse, record),
    ABSENT,
    'with the authorisation it rested on it is worth nothing',
  )
  const confirmed = await put(shared, record.holder)
  t.equal(confirmed.headers.etag, 'W/"2"', 'the patient writes the same: that is the consent')
  t.equal(await reading(app, nurse, record), '200')

  // Blocked, a member leaves.
  await app
    .as(record.holder)
    .post('/Consent', choice('blocage', record.id, { type: 'deny', actor: idOf(nurse) }))
  const left = resourceOf(await app.as(record.holder).get(`/CareTeam/${shared.id}`), 'CareTeam')
  t.same(
    left.participant?.map(({ member }) => member?.identifier?.value),
    [idOf(gp)],
  )
  t.equal(
    verdict(await put({ ...left, participant: shared.participant ?? [] }, record.holder)),
    '409 conflict acteur-bloque A3 @ CareTeam.participant',
  )
  // Its period ends it.
  const soon = new Date(app.now() + DAY).toISOString()
  await put(
    { ...left, ...careTeam(record.id, [otherStructureId]), id: left.id ?? '', period: { end: soon } },
    record.holder,
  )
  t.equal(await reading(app, gp, record), '200', 'by the structure where it works')
  app.advance(2 * DAY)
  t.equal(await reading(app, gp, record), ABSENT)

  const teams = resourceOf(
    await app.as(record.holder).get(`/CareTeam?patient=${record.id}&status=active`),
    'Bundle',
  )
  t.equal(teams.entry?.length, 1)
  const member = `participant:identifier=${encodeURIComponent(`urn:oid:1.2.250.1.71.4.2.1|${idOf(gp)}`)}`
  const of = resourceOf(await app.as(record.holder).get(`/CareTeam?patient=${record.id}&${member}`), 'Bundle')
  t.same(
    of.entry?.map(({ resource }) => resource?.id),
    [own.id],
  )
  const history = resourceOf(await app.as(record.holder).get(`/CareTeam/${shared.id}/_history`), 'Bundle')
  t.equal(history.entry?.length, 4)
})

tap.test('a member who leaves takes along what only it was named by', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const named = (id: string, value: string) => ({
    resourceType: 'Practitioner' as const,
    id,
    identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value }],
  })
  const made = await app.as(record.holder).post('/CareTeam', {
    ...careTeam(record.id, []),
    contained: [named('a', idOf(gp)), named('b', idOf(nurse))],
    participant: [{ member: { reference: '#a' } }, { member: { reference: '#b' } }],
  })
  t.equal(verdict(made), '201')
  const { id } = resourceOf(made, 'CareTeam')
  const block = async (who: Persona) =>
    app.as(record.holder).post('/Consent', choice('blocage', record.id, { type: 'deny', actor: idOf(who) }))
  const now = async () => resourceOf(await app.as(record.holder).get(`/CareTeam/${id}`), 'CareTeam')
  await block(nurse)
  t.same(
    [(await now()).contained?.map((one) => one.id), (await now()).participant?.length, (await now()).status],
    [['a'], 1, 'active'],
  )
  await block(gp)
  t.same([(await now()).participant?.length, (await now()).status], [1, 'inactive'], 'nobody is left')
  const [row] = await app.query<{ teams: unknown[] }>('select care_teams as teams from record')
  t.same(row?.teams, [])
})

tap.test(
  'a closed record answers nothing but that it is closed; its holder reactivates it (A12)',
  async (t) => {
    await using app = await ownServer()
    const record = await openTestRecord(app, matricule(1))
    const helper = aidant(matricule(12), record.ins)
    const { documentId, binaryId } = await record.push()
    await record.choose('autorisation', idOf(gp))
    await app.as(record.holder).post('/Consent', choice('aidant', record.id, { person: matricule(12) }))
    const reason = (motif: string | undefined, raison?: string): Parameters => ({
      resourceType: 'Parameters',
      parameter: [
        ...(motif === undefined ? [] : [{ name: 'motif', valueCode: motif }]),
        ...(raison === undefined ? [] : [{ name: 'raison', valueString: raison }]),
      ],
    })
    const close = (by: Persona, body?: Parameters) =>
      app.as(by).request('POST', `/Patient/${record.id}/$fermer`, body ? { body } : {})
    const reactivate = (by: Persona) => app.as(by).request('POST', `/Patient/${record.id}/$reactiver`)
    const ferme = (answer: Received) => resourceOf(answer, 'Parameters').parameter?.[0]?.valueBoolean
    for (const who of [gp, hospital, helper])
      t.equal(verdict(await close(who)), '403 forbidden droit-fonctionnel A12')
    t.equal(verdict(await close(patientPersona(matricule(9)))), UNKNOWN)
    t.equal(
      verdict(await close(administration)),
      '400 required parametre-requis',
      'why, says who closes for another',
    )
    t.equal(verdict(await close(administration, reason('pas un code'))), '422 value parametre-invalide')
    t.equal(
      verdict(await close(administration, reason('deces', 'x'.repeat(501)))),
      '422 value parametre-invalide',
    )
    t.equal(
      verdict(await close(administration, { resourceType: 'Parameters', parameter: [{ name: 'autre' }] })),
      '400 not-supported parametre-operation @ Parameters.parameter[0]',
    )
    t.equal(verdict(await reactivate(record.holder)), '409 conflict dossier-ouvert A12')
    const before = await app.stored()

    const closed = await close(record.holder, reason('patient-demande', 'Je ne veux plus de dossier'))
    t.same([closed.status, ferme(closed)], [200, true])
    const after = await app.stored()
    t.same(
      { ...after, resource_version: 0 },
      { ...before, resource_version: 0 },
      'versions of the Patient and of the opening, and nothing else',
    )
    t.equal(after.resource_version, (before.resource_version ?? 0) + 2)
    const again = await close(record.holder)
    t.same([again.status, ferme(again)], [200, true])
    t.equal((await app.stored()).resource_version, after.resource_version, 'closing twice is closing')
    const [row] = await app.query<{ at: Date; reason: string; status: string }>(
      'select closed_at as at, closing_reason as reason, status from record',
    )
    t.same(
      [row?.status, JSON.parse(row?.reason ?? '{}')],
      ['closed', { code: 'patient-demande', text: 'Je ne veux plus de dossier' }],
    )

    const gets = [
      search(record),
      `/DocumentReference/${documentId}`,
      `/Binary/${binaryId}`,
      `/Patient/${record.id}`,
      `/Consent?patient=${record.id}`,
      `/CareTeam?patient=${record.id}`,
      `/Consent/${record.id}.00000000000000000000000000`,
    ]
    for (const who of [gp, record.holder, helper]) {
      for (const path of gets) {
        const answer = verdict(await app.as(who).get(path))
        t.equal(answer, CLOSED, `${who.actor} ${path}`)
      }
    }
    const writes: readonly (readonly [Persona, string, unknown])[] = [
      [hospital, '', provideBundle({ ins: record.ins })],
      [gp, '/Consent', choice('autorisation', record.id, { actor: idOf(gp) })],
      [record.holder, '/Consent', choice('blocage', record.id, { type: 'deny', actor: idOf(gp) })],
      [administration, '/Consent', choice('representation', record.id, { person: matricule(3) })],
      [record.holder, '/CareTeam', careTeam(record.id, [idOf(gp)])],
    ]
    for (const [who, path, body] of writes)
      t.match(verdict(await app.as(who).post(path, body)), new RegExp(`^${CLOSED}`))
    const identifier = encodeURIComponent(`${record.ins.system}|${record.ins.value}`)
    t.equal(
      verdict(await app.as(administration).put(`/Patient?identifier=${identifier}`, patient(record.ins))),
      CLOSED,
      'nor is it opened again by its identity',
    )
    const existence: Bundle = resourceOf(await app.as(gp).get(`/Patient?identifier=${identifier}`), 'Bundle')
    const there = existence.entry?.[0]?.resource
    t.equal(
      there?.resourceType === 'Patient' ? there.active : undefined,
      false,
      'that it exists, closed, is told',
    )

    for (const who of [gp, administration, helper])
      t.equal(verdict(await reactivate(who)), '403 forbidden droit-fonctionnel A12')
    t.equal(ferme(await reactivate(record.holder)), false)
    t.equal(await reading(app, gp, record), '200', 'as it was')
    const holder = resourceOf(await app.as(record.holder).get(`/Patient/${record.id}`), 'Patient')
    t.same([holder.active, holder.meta?.versionId], [true, '3'])
    const opening = resourceOf(
      await app.as(record.holder).get(`/Consent?patient=${record.id}&category=ouverture`),
      'Bundle',
    ).entry?.[0]?.resource
    t.same([opening?.meta?.versionId, opening?.resourceType === 'Consent' && opening.status], ['3', 'active'])
    t.equal(ferme(await close(administration, reason('deces'))), true)
    const told = await app.query(`select from notice where kind = 'choix' and key like 'choix Patient/%'`)
    t.equal(told.length, 1, 'closed by another, the patient is told')
  },
)

type Facts = {
  readonly authorised: readonly string[]
  readonly blocked: readonly string[]
  readonly mt: string
  readonly emergency: readonly boolean[]
  readonly masking: boolean
  readonly notices: boolean
  readonly acting: readonly string[]
}

async function recorded(app: TestApp): Promise<Facts> {
  const [row] = await app.query<Facts>(
    `select array(select a.id || ' ' || round(extract(epoch from a.until) * 1000)
          from unnest(r.authorised_ids, r.authorised_until) as a(id, until) order by 1) as authorised,
        array(select b from unnest(r.blocked_ids) b order by 1) as blocked, r.medecin_traitant as mt,
        array[r.bris_de_glace_allowed, r.centre_15_allowed, r.masked_in_emergency] as emergency,
        r.masked_by_default as masking, r.notices_of_changes as notices,
        array(select p.kind || ' ' || p.value || ' ' || round(extract(epoch from p.valid_until) * 1000)
          from representation p where p.patient_key = r.patient_key order by 1) as acting
      from record r`,
  )
  assert.ok(row)
  return row
}

/** What the active Consents say, read as anybody may read them: a second reading, of ours alone. */
async function said(app: TestApp, record: TestRecord): Promise<Facts> {
  const bundle = resourceOf(
    await app.as(record.holder).get(`/Consent?patient=${record.id}&status=active&_count=100`),
    'Bundle',
  )
  const consents = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Consent' ? [resource] : [],
  )
  const of = (category: string): Consent[] =>
    consents.filter((consent) => consent.category[0]?.coding?.[0]?.code === category)
  const permits = (category: string, otherwise: boolean): boolean =>
    of(category)[0] ? of(category)[0]?.provision?.type === 'permit' : otherwise
  const named = (category: string): string[] =>
    of(category).map(({ provision }) => provision?.actor?.[0]?.reference?.identifier?.value ?? '')
  const end = ({ provision }: Consent): number => Date.parse(provision?.period?.end ?? '') + 1
  const prefixed = (id: string): string => `${id.length === 12 ? 'ps' : 'st'}:${id}`
  return {
    authorised: of('autorisation')
      .map(
        (consent) =>
          `${prefixed(consent.provision?.actor?.[0]?.reference?.identifier?.value ?? '')} ${end(consent)}`,
      )
      .sort(),
    blocked: named('blocage').map(prefixed).sort(),
    mt: named('medecin-traitant').map(prefixed)[0] ?? '',
    emergency: [
      permits('bris-de-glace', true),
      permits('centre-15', true),
      permits('masques-en-urgence', false),
    ],
    masking: of('masquage-par-defaut').length > 0,
    notices: permits('notification', true),
    acting: of('aidant')
      .map((consent) => {
        const [person] = consent.contained ?? []
        const value = person?.resourceType === 'RelatedPerson' ? person.identifier?.[0]?.value : ''
        return `AIDANT ${value} ${end(consent)}`
      })
      .sort(),
  }
}

tap.test('facts-are-what-consents-say, over HTTP, after any sequence of choices', async (t) => {
  await using app = await ownServer()
  const record = await openTestRecord(app, matricule(1))
  const actors = [idOf(gp), idOf(nurse), idOf(otherGp)]
  const type = fc.constantFrom('permit' as const, 'deny' as const)
  const step = fc.record({
    ending: fc.boolean(),
    choice: fc.oneof(
      fc.tuple(
        fc.constant('autorisation'),
        fc.record({
          actor: fc.constantFrom(...actors, otherStructureId),
          period: fc.constantFrom(
            undefined,
            { end: '2027-06-30T21:59:59.999Z' },
            { end: '2027-07-31T12:00:00.000Z' },
          ),
        }),
      ),
      fc.tuple(
        fc.constant('blocage'),
        fc.record({ actor: fc.constantFrom(...actors), type: fc.constant('deny') }),
      ),
      fc.tuple(fc.constant('medecin-traitant'), fc.record({ actor: fc.constantFrom(...actors) })),
      fc.tuple(
        fc.constantFrom('bris-de-glace', 'centre-15', 'masques-en-urgence', 'notification'),
        fc.record({ type }),
      ),
      fc.tuple(fc.constant('masquage-par-defaut'), fc.constant({ type: 'deny' })),
      fc.tuple(fc.constant('aidant'), fc.record({ person: fc.constantFrom(matricule(5), matricule(6)) })),
    ),
  })
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
      for (const { ending, choice: chosen } of steps) {
        const [category, given] = chosen
        const parts = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined),
        ) as ChoiceParts
        const made = await app.as(record.holder).post('/Consent', choice(category, record.id, parts))
        statuses.set(made.status, (statuses.get(made.status) ?? 0) + 1)
        assert.ok([200, 201, 409].includes(made.status), made.text)
        if (ending && made.status < 300) {
          const { id = '' } = resourceOf(made, 'Consent')
          const ended = await app
            .as(record.holder)
            .put(`/Consent/${id}`, choice(category, record.id, { ...parts, id, status: 'inactive' }))
          assert.equal(ended.status, 200, ended.text)
        }
      }
      assert.deepEqual({ ...(await recorded(app)) }, await said(app, record))
    }),
    { numRuns: 25 },
  )
  for (const status of [200, 201, 409]) t.ok((statuses.get(status) ?? 0) > 0, `${status} happened`)
})
