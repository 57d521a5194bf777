/**
 * Finding: whether a record exists and what one is in it (TD0.2), the records that authorise one (TD0.4), a patient without
 * INS (TD0.5), who may and who came (`$acces`); and that none of it tells of a record the caller has nothing to do with.
 * @see docs/policy.md F1, F3, F4, T4, V7
 */
import type { Bundle, Extension, Parameters, ParametersParameter, Patient } from '@medplum/fhirtypes'
import tap from 'tap'
import { NO_PATIENT } from '../../src/fhir/id.ts'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { consent, patient } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import {
  administration,
  auditor,
  gp,
  hospital,
  matricule,
  nurse,
  occupationalDoctor,
  otherGp,
  otherHospital,
  otherStructureId,
  patientPersona,
  practitioner,
  secretariat,
} from '../support/personas.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'

tap.setTimeout(300_000)

const DAY = 86_400_000
const ours = 'https://dmp-fhir.example/StructureDefinition'
const draft = 'https://interop.esante.gouv.fr/ig/fhir/dmp/StructureDefinition'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const dispatch: Persona = { ...otherGp, nationalId: practitioner(9), regulation: true }
const centre15 = { 'dmp-mode-acces': 'centre_15' }
const assurance: Persona = { actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' }
const air: Persona = { ...gp, authentication: 'INDIRECTE_RENFORCEE' }

function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

function patients(received: Received): Patient[] {
  if (received.status !== 200) throw new Error(verdict(received))
  return (resourceOf(received, 'Bundle').entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Patient' ? [resource] : [],
  )
}

const find = (app: TestApp, who: Persona, { system, value }: InsIdentifier): Promise<Received> =>
  app.as(who).get(`/Patient?identifier=${encodeURIComponent(`${system}|${value}`)}`)

async function extensionsOf(app: TestApp, who: Persona, ins: InsIdentifier): Promise<Extension[]> {
  const [found] = patients(await find(app, who, ins))
  return found?.extension ?? []
}

const extensionOf = (extensions: readonly Extension[], url: string): Extension | undefined =>
  extensions.find((extension) => extension.url === url)

tap.test('TD0.2: my own standing in each of its states, and nobody else’s (F1)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const state = async (who: Persona): Promise<unknown> =>
    extensionOf(await extensionsOf(app, who, record.ins), `${ours}/dmp-autorisation`)?.valueCode
  t.equal(await state(gp), 'absente')
  await record.choose('autorisation', idOf(gp), { end: new Date(app.now() + DAY).toISOString() })
  t.equal(await state(gp), 'valide')
  app.advance(2 * DAY)
  t.equal(await state(gp), 'expiree')
  await record.choose('medecin-traitant', idOf(gp))
  t.equal(await state(gp), 'valide', 'the médecin traitant needs no other')
  await record.choose('blocage', idOf(nurse))
  t.equal(await state(nurse), 'bloque')
  await app.as(secretariat).post('/Consent', consent('autorisation', record.id, otherStructureId))
  t.equal(await state(secretariat), 'valide', 'its structure’s')
  t.equal(await state(administration), 'absente')
  t.equal(await state(otherGp), 'absente')

  const mine = await extensionsOf(app, gp, record.ins)
  t.equal(extensionOf(mine, `${draft}/dmp-medecin-traitant`)?.valueBoolean, true)
  const others = await extensionsOf(app, otherGp, record.ins)
  t.equal(extensionOf(others, `${draft}/dmp-medecin-traitant`)?.valueBoolean, false, 'not who it is')
  t.notOk(JSON.stringify(others).includes(idOf(gp)))
  const emergency = (extensions: readonly Extension[]): unknown =>
    extensionOf(extensions, `${ours}/dmp-acces-urgence`)?.extension?.map((e) => [e.url, e.valueBoolean])
  t.same(emergency(others), [
    ['brisDeGlace', true],
    ['centre15', false],
  ])
  t.same(emergency(await extensionsOf(app, dispatch, record.ins)), [
    ['brisDeGlace', true],
    ['centre15', true],
  ])
  t.same(
    emergency(await extensionsOf(app, nurse, record.ins)),
    [
      ['brisDeGlace', false],
      ['centre15', false],
    ],
    'blocked in every mode',
  )
  t.equal(emergency(await extensionsOf(app, secretariat, record.ins)), undefined)
  await app.query(`update record set bris_de_glace_allowed = false`)
  t.same(emergency(await extensionsOf(app, otherGp, record.ins)), [
    ['brisDeGlace', false],
    ['centre15', false],
  ])
})

tap.test('TD0.2: a closed record says when and why, and nothing of standings beyond (A12)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const reason = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'motif', valueCode: 'patient-demande' },
      { name: 'raison', valueString: 'Ne souhaite plus de dossier' },
    ],
  }
  t.equal(verdict(await app.as(record.holder).post(`/Patient/${record.id}/$fermer`, reason)), '200')
  const [found] = patients(await find(app, gp, record.ins))
  t.equal(found?.active, false)
  const closing = extensionOf(found?.extension ?? [], `${draft}/dmp-fermeture`)?.extension ?? []
  t.same(
    closing.map(({ url }) => url),
    ['dateFermeture', 'motifFermeture', 'raisonFermeture'],
  )
  t.equal(extensionOf(closing, 'motifFermeture')?.valueCoding?.code, 'patient-demande')
  t.equal(extensionOf(closing, 'raisonFermeture')?.valueString, 'Ne souhaite plus de dossier')
  t.ok(Math.abs(Date.parse(extensionOf(closing, 'dateFermeture')?.valueDateTime ?? '') - app.now()) < 60_000)
  t.same(
    found?.extension?.map(({ url }) => url),
    [`${ours}/dmp-autorisation`, `${draft}/dmp-fermeture`],
  )
  t.same(patients(await app.as(gp).get('/Patient/$dossiers')), [], 'and it is in no list')
})

async function listed(app: TestApp, who: Persona, query = ''): Promise<string[]> {
  return patients(await app.as(who).get(`/Patient/$dossiers${query}`)).map(({ id = '' }) => id)
}

tap.test('TD0.4: the records that authorise me, newest first, and no others (F3)', async (t) => {
  await using app = await testApp()
  const records: TestRecord[] = []
  for (let n = 1; n <= 7; n++) records.push(await openTestRecord(app, matricule(n)))
  const [one, two, three, four, five, six, seven] = records
  if (!one || !two || !three || !four || !five || !six || !seven) throw new Error('not seven')
  const begin = app.now()
  await one.choose('autorisation', idOf(gp))
  app.advance(DAY)
  await two.choose('medecin-traitant', idOf(gp))
  app.advance(DAY)
  const middle = new Date(app.now()).toISOString()
  await three.choose('autorisation', idOf(gp), { end: new Date(app.now() + 10 * DAY).toISOString() })
  app.advance(1000)
  await four.choose('autorisation', idOf(otherGp))
  await five.choose('autorisation', idOf(gp))
  await five.choose('blocage', idOf(gp))
  await app.as(secretariat).post('/Consent', consent('autorisation', six.id, otherStructureId))
  t.same(await listed(app, gp), [three.id, two.id, one.id])
  t.same(await listed(app, air), [three.id, two.id, one.id], 'AIR lists as the professional')
  t.same(await listed(app, otherGp), [four.id])
  t.same(await listed(app, secretariat), [six.id], 'the structure’s')
  t.same(await listed(app, { ...hospital, structureId: otherStructureId }), [six.id])
  t.same(await listed(app, hospital), [])
  t.same(await listed(app, nurse), [], 'a person’s own, and not those of its structure')
  t.same(await listed(app, gp, `?_since=${encodeURIComponent(middle)}`), [three.id])
  t.same(await listed(app, gp, `?_since=${new Date(begin + 5 * DAY).toISOString().slice(0, 10)}`), [])

  const [newest] = patients(await app.as(gp).get('/Patient/$dossiers?_count=1'))
  t.equal(newest?.name?.[0]?.family, 'PAT-TROIS')
  t.equal(newest?.identifier?.[0]?.value, three.ins.value)
  t.notOk(newest && 'address' in newest)
  const period = extensionOf(newest?.extension ?? [], `${ours}/dmp-autorisation-periode`)?.valuePeriod
  t.ok(period?.start && period.end)

  // Page by page: each full, each record once.
  const seen: string[] = []
  let next: string | undefined = '/Patient/$dossiers?_count=1'
  while (next !== undefined) {
    const received = await app.as(gp).get(next)
    t.equal(patients(received).length, 1)
    seen.push(...patients(received).map(({ id = '' }) => id))
    const bundle: Bundle = resourceOf(received, 'Bundle')
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url
    if (next) {
      t.equal(verdict(await app.as(otherGp).get(next)), '400 invalid curseur-invalide', 'the caller’s own')
      t.equal(verdict(await app.as(gp).get(`${next}&_since=2020-01-01`)), '400 invalid curseur-invalide')
    }
  }
  t.same(seen, [three.id, two.id, one.id])

  // What ends leaves the list; what is given again is new.
  app.advance(11 * DAY)
  t.same(await listed(app, gp), [two.id, one.id], 'expired')
  await three.choose('autorisation', idOf(gp))
  t.same(await listed(app, gp), [three.id, two.id, one.id])
  await app.query(
    `update record set status = 'closed' where patient_key = (
    select patient_key from patient_identifier where value = $1)`,
    [two.ins.value],
  )
  t.same(await listed(app, gp), [three.id, one.id])

  const trace = (await storedTraces(app.engine.db, 'list-records')).at(-1)
  t.same(trace?.entities, [`Patient/${three.id}/1`, `Patient/${one.id}/1`], 'the trace names each')
  t.same(trace?.rules, ['F3'])
})

tap.test('TD0.4: a care team’s members find the record, as long as A1 holds for them', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const team = {
    resourceType: 'CareTeam',
    status: 'active',
    subject: { reference: `Patient/${record.id}` },
    participant: [gp, nurse].map((who) => ({
      member: { identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: idOf(who) } },
    })),
  }
  t.equal(verdict(await app.as(record.holder).post('/CareTeam', team)), '201')
  t.same(await listed(app, gp), [record.id])
  t.same(await listed(app, nurse), [record.id])
  t.same(await listed(app, otherGp), [])
  await app.query(`update record set care_teams = '[]'`)
  t.same(await listed(app, gp), [], 'policy decides on each, whatever the index says')
})

tap.test('TD0.4: refused to who has no such right, and to what is not understood', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const right = '403 forbidden droit-fonctionnel F3'
  for (const who of [record.holder, administration, auditor, assurance])
    t.equal(verdict(await app.as(who).get('/Patient/$dossiers')), right)
  t.equal(verdict(await app.as(occupationalDoctor).get('/Patient/$dossiers')), '200')
  const inCentre15 = { ...hospital, regulation: true }
  t.equal(verdict(await app.as(inCentre15).get('/Patient/$dossiers', centre15)), right, 'no structure there')
  t.equal(verdict(await app.as(dispatch).get('/Patient/$dossiers', centre15)), '200')
  const glass = { 'dmp-mode-acces': 'bris_de_glace' }
  t.equal(verdict(await app.as(gp).get('/Patient/$dossiers', glass)), '400 required motif-absent A8')
  const refused = (await storedTraces(app.engine.db, 'list-records')).at(-1)
  t.same(refused?.rules, ['A8'], 'the trace names the rule that decided')
  const motive = { ...glass, 'dmp-motif': 'Patient%20inconscient' }
  t.equal(verdict(await app.as(gp).get('/Patient/$dossiers', motive)), '200')
  for (const query of [
    '?_count=0',
    '?_count=x',
    '?_since=yesterday',
    '?name=x',
    '?_cursor=abc',
    '?_count=1&_count=2',
  ])
    t.equal((await app.as(gp).get(`/Patient/$dossiers${query}`)).status, 400, query)
})

type Asked = {
  readonly family?: string
  readonly given?: string[]
  readonly birthDate?: string
  readonly gender?: string
}

function matching(
  { family = 'Pat-Trois', given, birthDate = '1979-03-28', gender = 'female' }: Asked,
  more: object[] = [],
) {
  return {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'resource',
        resource: {
          resourceType: 'Patient',
          name: [{ family, ...(given ? { given } : {}) }],
          birthDate,
          gender,
        },
      },
      ...more,
    ],
  }
}

tap.test('TD0.5: a patient by traits, in centre 15 alone (F4, A9)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), { family: 'Le Goff-d’Œuvre' })
  await openTestRecord(app, matricule(2), { family: 'LEGOFFE DŒUVRE' })
  await openTestRecord(app, matricule(3), { family: 'DUPONT' })
  await openTestRecord(app, matricule(4), { family: 'LE GOFF D’ŒUVRE', gender: 'male' })
  await openTestRecord(app, matricule(5), { family: 'LE GOFF D’ŒUVRE', birthDate: '1979-03-29' })
  const match = (asked: Asked, more: object[] = []): Promise<Received> =>
    app.as(dispatch).post('/Patient/$match', matching(asked, more), centre15)
  const graded = async (asked: Asked, more: object[] = []): Promise<unknown[]> => {
    const { entry = [] } = resourceOf(await match(asked, more), 'Bundle')
    return entry.map(({ resource, search }) => [
      resource?.resourceType === 'Patient' ? resource.name?.[0]?.family : undefined,
      search?.extension?.[0]?.valueCode,
      search?.score,
    ])
  }
  const name = 'le goff d oeuvre'
  t.same((await graded({ family: name, given: ['Dominique'] }))[0], ['Le Goff-d’Œuvre', 'certain', 1])
  t.same(await graded({ family: name }), [['Le Goff-d’Œuvre', 'probable', 0.8]], 'no given name said')
  t.same(await graded({ family: name, given: ['Zoé'] }), [['Le Goff-d’Œuvre', 'possible', 0.5]])
  t.same(
    (await graded({ family: name, given: ['marie'] }))[0],
    ['Le Goff-d’Œuvre', 'certain', 1],
    'any of them',
  )
  const misheard = await graded({ family: 'LE GOF D’EUVRE', given: ['Dominique'] })
  t.ok(misheard.length >= 1 && misheard.every((one) => Array.isArray(one) && one[1] === 'possible'))
  t.same(await graded({ family: 'Martin', given: ['Dominique'] }), [])
  t.same(await graded({ family: name, given: ['Dominique'], birthDate: '1979-03-27' }), [])
  const only = [{ name: 'onlyCertainMatches', valueBoolean: true }]
  t.equal((await graded({ family: name, given: ['Dominique'] }, only)).length, 1)
  t.same(await graded({ family: name }, only), [])
  t.equal(
    (await graded({ family: name, given: ['Dominique'] }, [{ name: 'count', valueInteger: 1 }])).length,
    1,
  )

  const [sure] = patients(await match({ family: name, given: ['Dominique'] }))
  t.equal(sure?.identifier?.[0]?.value, record.ins.value, 'the INS of the one who is certain')
  const [unsure] = patients(await match({ family: name }))
  t.notOk(unsure?.identifier, 'and of nobody else')
  t.same(Object.keys(unsure ?? {}).sort(), [
    'active',
    'birthDate',
    'gender',
    'id',
    'meta',
    'name',
    'resourceType',
  ])

  // Two people who share all that was said: neither is certain.
  await openTestRecord(app, matricule(6), { family: 'LEGOFF DŒUVRE' })
  const twins = await graded({ family: name, given: ['Dominique'] })
  t.same(
    twins.slice(0, 2).map((one) => (Array.isArray(one) ? one[1] : '')),
    ['probable', 'probable'],
  )
  t.same(await graded({ family: name, given: ['Dominique'] }, only), [])

  // Each record told of has a trace of its own, which its holder reads; no notice is owed for a name in a list.
  const [holder] = await app.query<{ patient_key: string }>(
    'select patient_key from patient_identifier where value = $1',
    [record.ins.value],
  )
  const [own] = (await storedTraces(app.engine.db, 'match-patient')).filter(
    (trace) => trace.patient_key === holder?.patient_key,
  )
  t.match(own, { mode: 'centre_15', person: `ps:${idOf(dispatch)}`, rules: ['F4', 'A9'] })
  t.equal((await app.query('select 1 from notice')).length, 0)
  t.notMatch(app.log(), /goff/i, 'no name in the log')
})

tap.test(
  'TD0.5: who objected, blocked or closed is not found; nobody else may ask (F4, A7, V7)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const ask = (who: Persona, headers: Readonly<Record<string, string>> = centre15): Promise<Received> =>
      app.as(who).post('/Patient/$match', matching({ given: ['Dominique'] }), headers)
    t.equal(patients(await ask(dispatch)).length, 1)
    const structure: Persona = { ...otherHospital, regulation: true }
    t.equal(patients(await ask(structure)).length, 1, 'the dispatch’s own certificate')
    const nobody = await app
      .as(dispatch)
      .post('/Patient/$match', matching({ given: ['Dominique'], birthDate: '1950-01-01' }), centre15)
    t.same(patients(nobody), [])
    for (const [hidden, shown] of [
      ['centre_15_allowed = false', 'centre_15_allowed = true'],
      [`status = 'closed', closed_at = now()`, `status = 'open', closed_at = null`],
      [`blocked_ids = '{ps:${idOf(dispatch)}}'`, `blocked_ids = '{}'`],
    ] as const) {
      await app.query(`update record set ${hidden}`)
      t.same(essence(await ask(dispatch)), essence(nobody), `${hidden}: as if there were none`)
      await app.query(`update record set ${shown}`)
    }
    t.equal(patients(await ask(dispatch)).length, 1)

    const right = '403 forbidden droit-fonctionnel F4'
    for (const who of [gp, secretariat, hospital, record.holder, auditor, administration])
      t.equal(verdict(await ask(who, {})), right)
    t.equal(verdict(await ask(dispatch, {})), right, 'not in normal mode')
    const glass = { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': 'Patient%20inconscient' }
    t.equal(verdict(await ask(dispatch, glass)), right)
    t.equal(verdict(await ask(gp)), '403 forbidden regulation-absente A9', 'not without the claim')

    const refused = async (body: unknown): Promise<string> =>
      verdict(await app.as(dispatch).post('/Patient/$match', body, centre15))
    const bare = (resource: object) => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: { resourceType: 'Patient', ...resource } }],
    })
    t.equal(
      await refused(bare({})),
      Array(3).fill('400 required parametre-requis').join('\n'),
      'every trait that is missing',
    )
    t.equal(
      await refused(bare({ name: [{ family: 'X' }], birthDate: '1979-03', gender: 'female' })),
      '400 required parametre-requis',
    )
    t.equal(
      await refused(bare({ name: [{ family: 'X' }], birthDate: '1979-03-28', gender: 'other' })),
      '400 required parametre-requis',
    )
    t.equal(await refused({ resourceType: 'Parameters' }), '400 required parametre-requis')
    t.equal(
      await refused(matching({}, [{ name: 'depth', valueInteger: 3 }])),
      '400 not-supported parametre-operation @ Parameters.parameter[1]',
    )
    t.equal(
      await refused(matching({}, [{ name: 'count', valueInteger: 0 }])),
      '400 invalid parametre-invalide',
    )
    t.match(
      await refused(bare({ ...patient(matricule(1)), resourceType: 'Patient' })),
      '400 not-supported non-pris-en-charge',
    )
    t.match(await refused(bare({ name: 'X' })), /^422/)
  },
)

tap.test('a given name that is completed later is matched; an old row is matched by its name', async (t) => {
  await using app = await testApp()
  const ins = matricule(1)
  await openTestRecord(app, ins, { family: 'PAT TROIS' })
  await app.query(`update record set traits_folded = lower(family_name)`)
  const grades = async (): Promise<unknown> => {
    const received = await app
      .as(dispatch)
      .post('/Patient/$match', matching({ family: 'PatTrois', given: ['Dominique'] }), centre15)
    return resourceOf(received, 'Bundle').entry?.map(({ search }) => search?.extension?.[0]?.valueCode)
  }
  t.same(await grades(), ['probable'], 'its given names are not known')
  const again = {
    ...patient(ins, { family: 'PAT TROIS' }),
    telecom: [{ system: 'phone', value: '0102030405' }],
  }
  const query = `?identifier=${encodeURIComponent(`${ins.system}|${ins.value}`)}`
  t.equal(verdict(await app.as(administration).put(`/Patient${query}`, again)), '200')
  t.same(await grades(), ['certain'])
})

function parts(parameters: Parameters, name: string): Readonly<Record<string, unknown>>[] {
  const value = (part: ParametersParameter): unknown => {
    const { name: _, ...rest } = part
    const [found] = Object.values(rest)
    return typeof found === 'object' && found !== null && 'value' in found ? found.value : found
  }
  return (parameters.parameter ?? [])
    .filter((parameter) => parameter.name === name)
    .map(({ part = [] }) => Object.fromEntries(part.map((one) => [one.name, value(one)])))
}

tap.test(
  '$acces: who may and who came, for the holder, the médecin traitant and the auditor (T4)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    await record.push()
    await record.choose('medecin-traitant', idOf(otherGp))
    await record.choose('autorisation', idOf(gp))
    await record.choose('blocage', idOf(nurse))
    await app.as(gp).get(`/Patient/${record.id}`)
    await app.as(gp).get(`/Patient/${record.id}`)
    await app.as(nurse).get(`/Patient/${record.id}`)
    await app.as(dispatch).get(`/Patient/${record.id}`, centre15)
    const path = `/Patient/${record.id}/$acces`
    const asked = async (who: Persona, query = ''): Promise<Parameters> =>
      resourceOf(await app.as(who).get(`${path}${query}`), 'Parameters')
    for (const who of [record.holder, otherGp, auditor]) {
      const parameters = await asked(who)
      t.same(
        parts(parameters, 'habilite').map(({ professionnel, titre }) => [professionnel, titre]),
        [
          [idOf(gp), 'autorisation'],
          [idOf(otherGp), 'medecin-traitant'],
        ],
      )
      t.same(parts(parameters, 'bloque'), [{ professionnel: idOf(nurse) }])
      const came = parts(parameters, 'acces')
      const of = (id: string) => came.find(({ professionnel }) => professionnel === id)
      t.match(of(idOf(gp)), {
        aboutis: 2,
        refuses: 0,
        mode: 'normal',
        structure: otherStructureId,
        acteur: 'PS',
      })
      t.match(of(idOf(nurse)), { aboutis: 0, refuses: 1 })
      t.match(of(idOf(dispatch)), { aboutis: 1, mode: 'centre_15' })
      t.ok(
        came.some(({ acteur }) => acteur === 'STRUCTURE'),
        'who deposited',
      )
    }
    const own = await asked(gp)
    t.same(parts(own, 'habilite'), [], 'another professional learns of nobody')
    t.same(
      parts(own, 'acces').map(({ professionnel }) => professionnel),
      [idOf(gp)],
    )

    // Page by page.
    const whole = parts(await asked(record.holder, '?_count=200'), 'acces').length
    const seen: unknown[] = []
    let next: string | undefined = `${path}?_count=2`
    for (let page = 0; next !== undefined; page++) {
      const parameters: Parameters = resourceOf(await app.as(otherGp).get(next), 'Parameters')
      if (page > 0) t.same(parts(parameters, 'habilite'), [], 'who may stands on the first page')
      seen.push(...parts(parameters, 'acces').map(({ professionnel, acteur }) => professionnel ?? acteur))
      next = parameters.parameter?.find(({ name }) => name === 'suite')?.valueUrl
      if (next) t.equal(verdict(await app.as(record.holder).get(next)), '400 invalid curseur-invalide')
    }
    t.ok(whole >= 6)
    t.equal(new Set(seen).size, seen.length, 'nobody twice')
    app.advance(400 * DAY)
    const later = parts(await asked(record.holder), 'acces')
    t.same(later, [], 'one year unless asked otherwise')
    const since = new Date(app.now() - 500 * DAY).toISOString().slice(0, 10)
    t.ok(parts(await asked(record.holder, `?_since=${since}&_count=200`), 'acces').length >= whole)
    const traces = await storedTraces(app.engine.db, 'summarise-accesses')
    t.ok(
      traces.filter(({ patient_key: of }) => of !== NO_PATIENT).length > 5,
      'reading it leaves a trace in the record',
    )
  },
)

tap.test(
  '$acces: refused to others, and of a record unknown or another’s nothing is told (P1, V7)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const stranger = patientPersona(matricule(2))
    const invented = '00000000000000000000000003'
    for (const who of [stranger, record.holder, auditor, gp]) {
      t.equal(verdict(await app.as(who).get(`/Patient/${invented}/$acces`)), '404 not-found inconnu')
      t.equal(verdict(await app.as(who).get('/Patient/x/$acces')), '404 not-found inconnu')
    }
    t.same(
      essence(await app.as(stranger).get(`/Patient/${record.id}/$acces`)),
      essence(await app.as(stranger).get(`/Patient/${invented}/$acces`)),
    )
    for (const who of [secretariat, hospital, administration, assurance])
      t.equal(
        verdict(await app.as(who).get(`/Patient/${record.id}/$acces`)),
        '403 forbidden droit-fonctionnel T4',
      )
    for (const query of ['?_count=0', '?_since=x', '?person=x', '?_cursor=abc'])
      t.equal((await app.as(record.holder).get(`/Patient/${record.id}/$acces${query}`)).status, 400, query)
    await app.query(`update record set status = 'closed', closed_at = now()`)
    t.equal(
      verdict(await app.as(record.holder).get(`/Patient/${record.id}/$acces`)),
      '200',
      'closed: its traces stay',
    )
  },
)
