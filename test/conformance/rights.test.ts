/**
 * `$droits` and `$expliquer` say what the requests themselves get: for every persona, mode and action the announced answer
 * is held against the real one. Neither tells of what is hidden.
 * @see docs/api.md "$droits", "$expliquer"
 */
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes'
import tap from 'tap'
import { dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { askedBy } from '../../src/interactions/dmp/rights/asked-by.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { choice, provideBundle } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import {
  administration,
  auditor,
  gp,
  hospital,
  matricule,
  nurse,
  occupationalDoctor,
  optician,
  otherGp,
  patientPersona,
  secretariat,
} from '../support/personas.ts'
import { byIns, openTestRecord, type PushedDocument, type TestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { subscription } from '../support/subscription.ts'

const idOf = ({ nationalId = '' }: Persona): string => nationalId
const regulator: Persona = { ...otherGp, regulation: true }
const UNKNOWN = '404 not-found inconnu'
const modes = {
  normal: {},
  bris_de_glace: {
    'dmp-mode-acces': 'bris_de_glace',
    'dmp-motif': encodeURIComponent('Patiente inconsciente, traitement inconnu'),
  },
  centre_15: { 'dmp-mode-acces': 'centre_15' },
} as const
type Mode = keyof typeof modes

function named(list: readonly ParametersParameter[] | undefined, name: string): ParametersParameter[] {
  return (list ?? []).filter((parameter) => parameter.name === name)
}

type Told = { readonly permitted: boolean; readonly rules: readonly string[]; readonly refusal: string }

function told(parameters: Parameters, mode: Mode): Map<string, Told> {
  const access = named(parameters.parameter, 'acces').find(
    ({ part }) => named(part, 'mode')[0]?.valueCode === mode,
  )
  return new Map(
    named(access?.part, 'transaction').map(({ part }) => [
      named(part, 'action')[0]?.valueCode ?? '',
      {
        permitted: named(part, 'permis')[0]?.valueBoolean ?? false,
        rules: named(part, 'regle').map(({ valueCode }) => valueCode ?? ''),
        refusal: named(part, 'refus')[0]?.valueCode ?? '',
      },
    ]),
  )
}

/** A request that nothing but policy could refuse, for each action that one request can try without changing anything. */
function trial(
  action: string,
  record: TestRecord,
  pushed: PushedDocument,
): ((client: Client) => Promise<Received>) | undefined {
  switch (action) {
    case 'find-record':
      return (client) =>
        client.get(`/Patient?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`)
    case 'read-record':
      return (client) => client.get(`/Patient/${record.id}`)
    case 'read-content':
      return (client) => client.get(`/Binary/${pushed.binaryId}`)
    case 'search-documents':
      return (client) => client.get(`/List/${pushed.listId}`)
    case 'list-choices':
      return (client) => client.get(`/CareTeam?patient=${record.id}`)
    case 'read-messages':
      return (client) => client.get(`/Communication?patient=${record.id}`)
    case 'read-traces':
      return (client) => client.get(`/AuditEvent?patient=${record.id}`)
    case 'choose':
      return (client) => client.post('/Consent', choice('masquage-par-defaut', record.id, { type: 'deny' }))
    case 'reactivate-record':
      return (client) => client.post(`/Patient/${record.id}/$reactiver`, '')
    case 'feed':
      // What is no document is refused after policy has spoken.
      return (client) => client.post('', { ...provideBundle({ ins: record.ins }), type: 'batch' })
    default:
      return undefined
  }
}
type Client = ReturnType<TestApp['as']>

/** `403 A1`: what an announced refusal is as a verdict. */
function announced({ permitted, rules, refusal }: Told): string {
  return permitted ? 'permitted' : `${refusal} ${rules[0]}`
}

function happened(received: Received): string {
  if (received.status < 400) return 'permitted'
  const [, , code = '', rule = ''] = verdict(received).split('\n')[0]?.split(' ') ?? []
  return rule === '' ? code : `${code} ${rule}`
}

tap.test('what $droits announces is what the requests get: each persona, mode and action', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const pushed = await record.push()
  for (const who of [gp, occupationalDoctor, optician]) await record.choose('autorisation', idOf(who))
  await record.choose('blocage', idOf(nurse))
  const personas = {
    gp,
    nurse,
    optician,
    otherGp,
    regulator,
    occupationalDoctor,
    secretariat,
    hospital,
    administration,
    holder: record.holder,
  }
  const seen = { permitted: 0, refused: new Set<string>() }
  for (const [name, who] of Object.entries(personas)) {
    for (const mode of ['normal', 'bris_de_glace', 'centre_15'] as const) {
      const client = app.as(who)
      const answer = await client.get(`/Patient/${record.id}/$droits?mode=${mode}`, {
        ...(mode === 'normal' ? {} : { 'dmp-motif': modes.bris_de_glace['dmp-motif'] }),
      })
      t.equal(answer.status, 200, `${name}: ${answer.text}`)
      const lines = told(resourceOf(answer, 'Parameters'), mode)
      t.equal(lines.size, 24, 'every action')
      for (const [action, line] of lines) {
        const attempt = trial(action, record, pushed)
        if (!attempt || action === 'feed') continue
        const real = await attempt(withHeaders(client, modes[mode]))
        const expected = announced(line)
        const shown = happened(real)
        // The matrix hides what an optician may not read: permitted, and there is nothing to see (V7).
        const absent =
          shown === 'inconnu' && expected === 'permitted' && (who === optician || who === record.holder)
        if (!absent) t.equal(shown, expected, `${name} ${mode} ${action}: ${verdict(real)}`)
        if (line.permitted) seen.permitted++
        else seen.refused.add(line.rules[0] ?? '')
      }
    }
  }
  t.ok(seen.permitted > 40, `not vacuous: ${seen.permitted}`)
  for (const rule of ['F8', 'F10', 'F5', 'F6', 'A1', 'A3', 'A6', 'A9', 'A12', 'T4'])
    t.ok(seen.refused.has(rule), `${rule} refuses sometimes`)
})

function withHeaders(client: Client, headers: Readonly<Record<string, string>>): Client {
  return {
    ...client,
    get: (path, more = {}) => client.get(path, { ...headers, ...more }),
    post: (path, body, more = {}) => client.post(path, body, { ...headers, ...more }),
  }
}

tap.test('$droits: types and labels, not documents; by POST too; a wrong mode is refused', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  const path = `/Patient/${record.id}/$droits`
  const reachOf = async (who: Persona): Promise<ParametersParameter[] | undefined> => {
    const { parameter } = resourceOf(await app.as(who).get(path), 'Parameters')
    return named(named(parameter, 'acces')[0]?.part, 'documents')[0]?.part
  }
  const before = await app.as(nurse).get(path)
  const nurses = await reachOf(nurse)
  const codes = named(nurses, 'type').map(({ valueCoding }) => valueCoding?.code)
  t.ok(codes.includes('11490-0'))
  t.notOk(codes.includes('75496-0'))
  t.equal(named(nurses, 'nombre-de-types')[0]?.valueInteger, codes.length)
  t.equal(named(nurses, 'masques')[0]?.valueCode, 'les-siens')
  t.equal(named(await reachOf(record.holder), 'masques')[0]?.valueCode, 'tous')
  t.equal(await reachOf(otherGp), undefined, 'who may read nothing has no reach')
  await record.push({ type: '75496-0' })
  await record.push({ labels: ['N', 'MASQUE_PS'] })
  t.equal((await app.as(nurse).get(path)).text, before.text, 'what is hidden changes nothing')
  const body = {
    resourceType: 'Parameters',
    parameter: ['normal', 'centre_15'].map((mode) => ({ name: 'mode', valueCode: mode })),
  }
  const posted = resourceOf(await app.as(gp).post(path, body), 'Parameters')
  t.same(
    named(posted.parameter, 'acces').map(({ part }) => named(part, 'mode')[0]?.valueCode),
    ['normal', 'centre_15'],
  )
  t.equal(verdict(await app.as(gp).get(`${path}?mode=urgence`)), '400 invalid parametre-invalide')
  t.equal(
    verdict(await app.as(gp).get(`${path}?autre=1`)).startsWith('400 not-supported parametre-operation'),
    true,
  )
  t.equal(verdict(await app.as(auditor).get(path)), '403 forbidden droit-fonctionnel F1')
  const stranger = patientPersona(matricule(2))
  t.equal(verdict(await app.as(stranger).get(path)), UNKNOWN)
  t.equal(verdict(await app.as(gp).get('/Patient/00000000000000000000000003/$droits')), UNKNOWN)
  t.equal(
    (await app.query("select 1 from notice where kind = 'premier-acces'")).length,
    0,
    'nothing was consulted',
  )
})

type Step = { readonly rule: string; readonly verdict: string; readonly text: string }

function stepsOf(answer: Received): Step[][] {
  return named(resourceOf(answer, 'Parameters').parameter, 'demande').map(({ part }) =>
    named(part, 'etape').map(({ part: of }) => ({
      rule: named(of, 'regle')[0]?.valueCode ?? '',
      verdict: named(of, 'verdict')[0]?.valueCode ?? '',
      text: named(of, 'texte')[0]?.valueString ?? '',
    })),
  )
}

function explaining(methode: string, url: string, more: Readonly<Record<string, string>> = {}): Parameters {
  const values = Object.entries({ methode, url, ...more })
  return {
    resourceType: 'Parameters',
    parameter: values.map(([name, valueString]) => ({ name, valueString })),
  }
}

tap.test('$expliquer tells the decision rule by rule, and agrees with the request', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { binaryId, documentId } = await record.push()
  const masked = await record.push({ labels: ['N', 'MASQUE_PS'] })
  const ask = (who: Persona, methode: string, url: string, more = {}, headers = {}) =>
    app.as(who).post('/$expliquer', explaining(methode, url, more), headers)
  const denied = await ask(gp, 'GET', `/fhir/Binary/${binaryId}`)
  t.same(
    stepsOf(denied)[0]?.map(({ rule, verdict: said }) => `${rule} ${said}`),
    [
      'P1 sans-objet',
      'S1 sans-objet',
      'A12 admet',
      'F10 admet',
      'A6 sans-objet',
      'T4 sans-objet',
      'M1 sans-objet',
      'A3 admet',
      'A1 refuse',
      'A8 non-examinee',
    ],
  )
  t.match(stepsOf(denied)[0]?.find(({ rule }) => rule === 'A1')?.text, /ne vous autorise pas/)
  const english = await ask(gp, 'GET', `/fhir/Binary/${binaryId}`, {}, { 'accept-language': 'en' })
  t.match(stepsOf(english)[0]?.find(({ rule }) => rule === 'A1')?.text, /does not authorise you/)
  await record.choose('autorisation', idOf(gp))
  const forms = [
    `/Binary/${binaryId}`,
    `Binary/${binaryId}`,
    `${app.base}/DocumentReference/${documentId}`,
    `/fhir/DocumentReference?${byIns(record.ins)}&type=11490-0`,
    `/Patient/${record.id}`,
    `/Patient/${record.id}/$droits`,
  ]
  for (const url of forms) {
    const [steps] = stepsOf(await ask(gp, 'get', url))
    t.notOk(
      steps?.some(({ verdict: said }) => said === 'refuse'),
      url,
    )
    t.equal(
      verdict(await app.as(gp).get(/^https?:|^\//.test(url) ? url.replace(/^\/fhir/, '') : `/${url}`)),
      '200',
    )
  }
  // Of a document that is hidden, of one that is seen, of one that was never there: the same words.
  const hidden = await ask(gp, 'GET', `/Binary/${masked.binaryId}`)
  t.equal(hidden.text, (await ask(gp, 'GET', `/Binary/${binaryId}`)).text)
  t.equal(hidden.text, (await ask(gp, 'GET', `/Binary/${record.id}.00000000000000000000000003`)).text)
  const { ins } = record
  const fed = await ask(nurse, 'POST', '/', { patient: `${ins.system}|${ins.value}`, type: '75496-0' })
  t.notOk(
    stepsOf(fed)[0]?.some(({ verdict: said }) => said === 'refuse'),
    'feeding needs no authorisation',
  )
  const readable = async (who: Persona, type: string): Promise<boolean | undefined> => {
    const { parameter } = resourceOf(await ask(who, 'GET', `/Binary/${binaryId}`, { type }), 'Parameters')
    return named(named(parameter, 'demande')[0]?.part, 'type-lisible')[0]?.valueBoolean
  }
  await record.choose('autorisation', idOf(nurse))
  t.same([await readable(nurse, '11490-0'), await readable(nurse, '75496-0')], [true, false])
})

tap.test(
  '$expliquer refuses what it cannot explain, and knows no record that the caller may not',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { binaryId } = await record.push()
    const ask = async (who: Persona, methode: string, url: string, more = {}): Promise<string> =>
      verdict(await app.as(who).post('/$expliquer', explaining(methode, url, more)))
    const refused = '400 invalid parametre-invalide'
    for (const url of ['/Nothing/1', '/Patient/$dossiers', 'https://elsewhere.example/fhir/Patient/1', ''])
      t.equal(await ask(gp, 'GET', url), refused, url)
    t.equal(await ask(gp, 'DELETE', `/Binary/${binaryId}`), refused)
    t.equal(await ask(gp, 'GET', `/Binary/${binaryId}`, { type: 'none' }), refused)
    t.equal(await ask(gp, 'POST', '/'), '400 required patient-requis')
    t.match(
      await ask(gp, 'GET', `/Binary/${binaryId}`, { autre: 'x' }),
      /^400 not-supported parametre-operation/,
    )
    t.equal(verdict(await app.as(gp).post('/$expliquer', '')), '400 required corps-absent')
    const stranger = patientPersona(matricule(2))
    t.equal(await ask(stranger, 'GET', `/Binary/${binaryId}`), UNKNOWN)
    t.equal(
      await ask(stranger, 'GET', '/Binary/00000000000000000000000003.00000000000000000000000003'),
      UNKNOWN,
    )
    t.equal(await ask(gp, 'GET', `/DocumentReference?${byIns(matricule(7))}`), UNKNOWN)
    const explained = (await storedTraces(app.engine.db, 'explain-request')).filter(
      ({ status }) => status === 200,
    )
    t.same(explained, [], 'none of these was explained')
  },
)

type Foretold = { readonly permitted: boolean; readonly rule: string }

/** By action, what `$expliquer` says of it; the rule is the one that refuses. */
function foretold(answer: Received): Map<string, Foretold> {
  return new Map(
    named(resourceOf(answer, 'Parameters').parameter, 'demande').map(({ part }, i) => [
      named(part, 'action')[0]?.valueCode ?? '',
      {
        permitted: named(part, 'permis')[0]?.valueBoolean ?? false,
        rule: stepsOf(answer)[i]?.find(({ verdict: said }) => said === 'refuse')?.rule ?? '',
      },
    ]),
  )
}

/** What comes of all the actions, each of which the request asks; F9 stands in where F8 is what is missing. */
function outcome(told: Map<string, Foretold>, actions: readonly string[]): string {
  let whose = 'permitted'
  for (const action of actions) {
    const { permitted = false, rule = 'not explained' } = told.get(action) ?? {}
    if (permitted) continue
    const standsIn =
      action === 'search-documents' && rule === 'F8' && told.get('find-own-document')?.permitted
    if (!standsIn) return rule
    whose = 'one’s own permitted'
  }
  return whose
}

tap.test(
  '$expliquer of finding, seals, the synthese and subscriptions is what these requests get',
  async (t) => {
    await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: 'notify.example' })
    const record = await openTestRecord(app, matricule(1))
    const { documentId } = await record.push()
    for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
    const to = { url: 'https://notify.example/dmp' }
    const subscribed = await app.as(nurse).post('/Subscription', subscription(record, to))
    const events = `/Subscription/${resourceOf(subscribed, 'Subscription').id}/$events`
    await record.choose('blocage', idOf(nurse))
    const personas = { gp, nurse, otherGp, secretariat, hospital, administration, holder: record.holder }
    const patient = `patient=${record.id}`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const target = `target=DocumentReference/${documentId}`
    const documents = ['search-documents']
    const requests: readonly (readonly [path: string, actions: readonly string[]])[] = [
      [`/DocumentReference/_history?${patient}`, documents],
      [`/DocumentReference/${documentId}/$verify`, ['search-documents', 'read-content']],
      [`/List?${patient}`, documents],
      [`/List?patient:identifier=${record.ins.system}|${record.ins.value}`, documents],
      [`/Patient/${record.id}/$synthese`, ['read-content']],
      [`/Provenance?${patient}`, documents],
      [`/Provenance?${target}`, documents],
      [`/Provenance/${documentId}.1`, documents],
      [`/Provenance/${documentId}.1/_history/1`, documents],
    ]
    const seen = new Set<string>()
    const compare = (what: string, real: Received, told: string): void => {
      // Permitted to find its own (F9), and this document is none: it is not there.
      const absent = told.startsWith('one’s own') && / \/Provenance\/[^_]/.test(what)
      const expected = absent ? 'inconnu' : told.split(' ').at(-1)
      t.equal(happened(real).split(' ').at(-1), expected, `${what}: ${verdict(real)}`)
      seen.add(told)
    }
    for (const [name, who] of Object.entries(personas))
      for (const mode of ['normal', 'bris_de_glace', 'centre_15'] as const) {
        const client = withHeaders(app.as(who), modes[mode])
        const ask = async (methode: string, url: string): Promise<Map<string, Foretold>> => {
          const answer = await client.post('/$expliquer', explaining(methode, url, { patient: record.id }))
          t.equal(verdict(answer), '200', `${name} ${mode} ${url}`)
          return foretold(answer)
        }
        for (const [path, actions] of requests)
          compare(`${name} ${mode} ${path}`, await client.get(path), outcome(await ask('GET', path), actions))
        for (const path of ['/List/_search', '/Provenance/_search']) {
          const told = outcome(await ask('POST', path), documents)
          compare(`${name} ${mode} ${path}`, await client.post(path, patient, form), told)
        }
        const topics = { 'document-depose': 'search-documents', 'acces-urgence': 'read-traces' }
        for (const [topic, action] of Object.entries(topics)) {
          // In another mode nothing is subscribed; it is explained as it is told, in mode normal.
          const real = await app.as(who).post('/Subscription', subscription(record, to, { topic }))
          const told = (await ask('POST', '/Subscription')).get(action)
          compare(`${name} ${mode} ${topic}`, real, told?.permitted ? 'permitted' : (told?.rule ?? ''))
          if (real.status === 201)
            await app.as(who).request('DELETE', `/Subscription/${resourceOf(real, 'Subscription').id}`)
        }
        if (who !== nurse) continue
        const told = (await ask('GET', events)).get('search-documents')
        compare(`${name} ${mode} $events`, await client.get(events), told?.rule ?? '')
      }
    for (const rule of ['permitted', 'one’s own permitted', 'F8', 'F10', 'A1', 'A3', 'A9', 'T4', 'A10'])
      t.ok(seen.has(rule), `${rule}: ${[...seen].join()}`)
    const refused = '400 invalid parametre-invalide'
    const own = events.replace('/$events', '')
    for (const [methode, url] of [
      ['GET', '/Subscription'],
      ['GET', own],
      ['DELETE', own],
      ['GET', `${own}/$status`],
    ] as const)
      t.equal(verdict(await app.as(nurse).post('/$expliquer', explaining(methode, url))), refused, url)
    const stranger = app.as(patientPersona(matricule(2)))
    for (const url of [`/Provenance/${documentId}.1`, `/Provenance?${target}`, events])
      t.equal(verdict(await stranger.post('/$expliquer', explaining('GET', url))), UNKNOWN, url)
  },
)

tap.test('every route is explained, or is about no one record, or no matter of policy', async (t) => {
  const aboutNoRecord = [
    'open-record',
    'list-records',
    'match-patient',
    'explain-request',
    'publish-matrices',
    'search-measures',
    'read-measure',
    'evaluate-measure',
  ]
  // Whoever subscribed reads and ends its own, whatever it may do in the record.
  const ofItsOwner = [
    'GET /Subscription',
    'GET /Subscription/:id',
    'DELETE /Subscription/:id',
    'GET /Subscription/:id/$status',
  ]
  for (const route of dmpRoutes) {
    const name = `${route.method} ${route.url}`
    t.equal(
      askedBy(route) === undefined,
      aboutNoRecord.includes(route.interaction) || ofItsOwner.includes(name),
      name,
    )
  }
})
