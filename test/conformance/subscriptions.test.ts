/**
 * Subscriptions over HTTP: who may subscribe to what, what is told and in which order, what is not told because the
 * subscriber may not see it now, and what becomes of a receiver that fails.
 * @see docs/subscriptions.md; http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
 */
import { createHmac } from 'node:crypto'
import type { Subscription } from '@medplum/fhirtypes'
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { forgetReceived } from '../../src/storage/subscriptions/subscription-outbox.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { label } from '../support/builders.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { gp, hospital, matricule, nurse, optician, otherGp, secretariat } from '../support/personas.ts'
import { receiver } from '../support/receiver.ts'
import { openTestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { type Parts, subscription } from '../support/subscription.ts'

const SECRET = 'https://dmp-fhir.example/StructureDefinition/secret-abonnement'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const brisDeGlace = {
  'dmp-mode-acces': 'bris_de_glace',
  'dmp-motif': encodeURIComponent('Patient inconscient aux urgences'),
}

async function subscribed(app: TestApp, who: Persona, body: object): Promise<{ id: string; secret: string }> {
  const answer = await app.as(who).post('/Subscription', body)
  if (answer.status !== 201) throw new Error(verdict(answer))
  const created: Subscription = resourceOf(answer, 'Subscription')
  const secret = created.channel.extension?.find(({ url }) => url === SECRET)?.valueString ?? ''
  return { id: created.id ?? '', secret }
}

async function statusOf(app: TestApp, who: Persona, id: string): Promise<string> {
  return resourceOf(await app.as(who).get(`/Subscription/${id}`), 'Subscription').status ?? ''
}

async function eventually(check: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (await check()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2500))

tap.test('a handshake, then each deposit, in order, signed', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  app.startJobs()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const before = await record.push()
  const { id, secret } = await subscribed(
    app,
    gp,
    subscription(record, to, { header: ['Authorization: Bearer très'.replace('è', 'e')], maxCount: 2 }),
  )
  t.match(secret, /^[\w-]{43}$/)
  const [hello] = await to.until(1)
  t.match(hello, { type: 'handshake', eventsSinceStart: 0, numbers: [] })
  t.equal(hello?.headers.authorization, 'Bearer tres')
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'active'))
  const pushed = []
  for (let i = 0; i < 5; i++) pushed.push(await record.push())
  await eventually(async () => to.received.flatMap(({ numbers }) => numbers).length === 5)
  const told = to.received.slice(1)
  t.same(
    told.flatMap(({ numbers }) => numbers),
    [1, 2, 3, 4, 5],
  )
  t.same(
    told.flatMap(({ focuses }) => focuses),
    pushed.map(({ documentId }) => `DocumentReference/${documentId}`),
    'each deposit since, in order, and none before',
  )
  t.ok(
    told.every(({ numbers }) => numbers.length <= 2),
    'two at most at once',
  )
  t.ok(
    told.every(({ resources }) => resources.length === 0),
    'ids only',
  )
  t.notMatch(told.map(({ text }) => text).join(), before.documentId)
  for (const { headers, text } of to.received) {
    const [, at = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['dmp-signature'])) ?? []
    t.equal(mac, createHmac('sha256', secret).update(`${at}.${text}`).digest('hex'), 'signed')
    t.ok(Math.abs(Number(at) - Date.now() / 1000) < 60)
  }
  const registry = testRegistry()
  for (const { text } of to.received)
    t.same(
      validate(JSON.parse(text), registry, { loaded: compileProfiles([], { registry }) }),
      [],
      'valid FHIR',
    )
  const traces = await storedTraces(app.engine.db, 'deliver-notification')
  t.equal(traces.length, told.length, 'each telling of documents is an access, and leaves its trace')
  t.ok(traces.every(({ person }) => person === `ps:${idOf(gp)}`))
  t.equal(traces.flatMap(({ entities }) => entities).length, 5)
  const read = await app.as(gp).get(`/Subscription/${id}`)
  t.notMatch(read.text, secret, 'told once')
  t.notMatch(read.text, 'Bearer tres', 'and what the receiver wants, to nobody')
  t.match(resourceOf(read, 'Subscription').channel.header, ['Authorization: *****'])
  t.notMatch(app.log(), secret)
  const [row] = await app.query<{ text: string }>('select s::text as text from subscription s')
  t.notMatch(row?.text, secret, 'sealed in the database')
})

tap.test('what the subscriber may not see is not told, and no number betrays it', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  app.startJobs()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  const { id } = await subscribed(app, gp, subscription(record, to, { content: 'full-resource' }))
  const { id: ofNurse } = await subscribed(app, nurse, subscription(record, to))
  await to.until(2)
  const [events, mine] = [[], []] as [string[], number[]]
  const own = () => to.received.filter(({ text }) => text.includes(`Subscription/${id}`)).slice(1)
  const hidden = await record.push({ labels: ['N', 'MASQUE_PS'] })
  const secretType = await record.push({ type: '75496-0' })
  const seen = await record.push()
  await eventually(async () => own().flatMap(({ numbers }) => numbers).length >= 2)
  await quiet()
  for (const { focuses, numbers } of own()) {
    events.push(...focuses.map((focus) => focus ?? ''))
    mine.push(...numbers)
  }
  const reference = ({ documentId }: { readonly documentId: string }) => `DocumentReference/${documentId}`
  t.same(events, [reference(secretType), reference(seen)], 'the masked one is not told')
  t.same(mine, [1, 2], 'and has no number')
  t.same(
    own().flatMap(({ resources }) => resources),
    ['DocumentReference', 'DocumentReference'],
  )
  const nurses = to.received.filter(({ text }) => text.includes(`Subscription/${ofNurse}`)).slice(1)
  t.same(
    nurses.flatMap(({ focuses }) => focuses),
    [reference(seen)],
    'nor a type the matrix denies',
  )
  t.same(
    nurses.flatMap(({ numbers }) => numbers),
    [1],
  )
  const status = await app.as(nurse).get(`/Subscription/${ofNurse}/$status`)
  t.match(status.text, /"events-since-subscription-start","valueString":"1"/)
  const all = await app.as(gp).get(`/Subscription/${id}/$events`)
  t.notMatch(to.received.map(({ text }) => text).join() + all.text, hidden.documentId)
  // Shown by the patient: what was held back is told as the deposit that it is.
  const [, own1 = ''] = hidden.documentId.split('.')
  t.ok(own1)
  const shown = await app.as(record.holder).request('PATCH', `/DocumentReference/${hidden.documentId}`, {
    body: [{ op: 'replace', path: '/securityLabel', value: [label('N')] }],
    headers: jsonPatch,
  })
  t.equal(shown.status, 200, verdict(shown))
  await eventually(async () => own().flatMap(({ numbers }) => numbers).length >= 3)
  t.same(own().at(-1)?.focuses, [reference(hidden)])
  t.same(own().at(-1)?.numbers, [3])
})

tap.test(
  'what is hidden when a subscription begins, or begins again, is told when it is opened',
  async (t) => {
    await using to = await receiver()
    await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
    app.startJobs()
    const record = await openTestRecord(app, matricule(1))
    await record.choose('autorisation', idOf(gp))
    const masked = { labels: ['N', 'MASQUE_PS'] } as const
    const seen = await record.push()
    const before = await record.push(masked)
    const { id } = await subscribed(app, gp, subscription(record, to))
    await to.until(1)
    const during = await record.push(masked)
    await quiet()
    const put = async (status: string) =>
      verdict(await app.as(gp).put(`/Subscription/${id}`, { ...subscription(record, to), id, status }))
    t.equal(await put('off'), '200')
    const meanwhile = await record.push(masked)
    app.advance(40 * 86_400_000)
    t.equal(await put('requested'), '200')
    t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'active'))
    const relabel = async (documentId: string, ...labels: readonly string[]) => {
      const answer = await app.as(record.holder).request('PATCH', `/DocumentReference/${documentId}`, {
        body: [{ op: 'replace', path: '/securityLabel', value: labels.map(label) }],
        headers: jsonPatch,
      })
      t.equal(answer.status, 200, verdict(answer))
    }
    await relabel(seen.documentId, 'N', 'MASQUE_PS')
    await relabel(seen.documentId, 'N')
    const opened = [during, before, meanwhile].map(({ documentId }) => documentId)
    for (const documentId of opened) await relabel(documentId, 'N')
    const focuses = () => to.received.flatMap((one) => one.focuses)
    t.ok(await eventually(async () => focuses().length >= 3))
    await quiet()
    t.same(
      focuses(),
      opened.map((documentId) => `DocumentReference/${documentId}`),
      'in the order in which they were opened, and nothing of what was there to be found',
    )
    await forgetReceived(app.engine.db, app.now() - 30 * 86_400_000, 100)
    const events = await app.as(gp).get(`/Subscription/${id}/$events`)
    for (const documentId of opened) t.match(events.text, documentId, 'told today, and kept from today')
  },
)

tap.test('changes; the end of an authorisation ends it, whether something came or not', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  app.startJobs()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  await record.choose('autorisation', idOf(otherGp))
  const document = await record.push()
  const changes = subscription(record, to, { topic: 'document-modifie' })
  const { id } = await subscribed(app, gp, changes)
  const { id: other } = await subscribed(app, otherGp, changes)
  const { id: ofHolder } = await subscribed(app, record.holder, changes)
  await to.until(3)
  const change = (value: object) =>
    app.as(record.holder).request('PATCH', `/DocumentReference/${document.documentId}`, {
      body: [{ op: 'replace', path: '/securityLabel', value }],
      headers: jsonPatch,
    })
  t.equal((await change([label('N'), label('MASQUE_PS')])).status, 200)
  const of = (which: string) =>
    to.received.filter(({ text, numbers }) => text.includes(`Subscription/${which}`) && numbers.length > 0)
  t.ok(await eventually(async () => of(ofHolder).length === 1), 'the patient is told')
  await quiet()
  t.equal(of(id).length, 0, 'the GP is not: masked meanwhile')
  t.equal((await change([label('N')])).status, 200)
  t.ok(await eventually(async () => of(id).length === 1), 'shown again: told')
  t.same(of(id)[0]?.numbers, [1])
  await record.choose('blocage', idOf(gp))
  const ended = await app.as(gp).get('/Subscription?status=off')
  t.match(ended.text, `"id":"${id}"`, 'as soon as it is asked')
  t.equal(await statusOf(app, gp, id), 'off')
  await record.choose('blocage', idOf(otherGp))
  const sent = to.received.length
  t.equal((await change([label('N'), label('MASQUE_PS')])).status, 200)
  t.equal((await change([label('N')])).status, 200)
  t.ok(await eventually(async () => of(ofHolder).length >= 3))
  await quiet()
  t.equal(of(other).length, 1)
  t.equal(of(id).length, 1, 'nothing more')
  t.ok(to.received.length > sent)
  const [row] = await app.query<{ status: string; last_error: string }>(
    `select status, last_error from subscription where subscriber::text like '%${idOf(otherGp)}%'`,
  )
  t.same(row, { status: 'off', last_error: 'professionnel-bloque' })
})

tap.test('a receiver that fails is sent the same again, later and later', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  app.startJobs()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const { id } = await subscribed(app, gp, subscription(record, to))
  await to.until(1)
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'active'))
  to.answers = 503
  const [first, second] = [await record.push(), await record.push()]
  await to.until(2)
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'error'))
  await quiet()
  const tried = to.received.length
  app.advance(3_600_000)
  t.ok(await eventually(async () => to.received.length > tried), 'again, after a while')
  // It was sent once; hidden meanwhile it keeps its number and says nothing.
  const masking = await app.as(record.holder).request('PATCH', `/DocumentReference/${first.documentId}`, {
    body: [{ op: 'replace', path: '/securityLabel', value: [label('N'), label('MASQUE_PS')] }],
    headers: jsonPatch,
  })
  t.equal(masking.status, 200)
  to.answers = 200
  const failed = to.received.length
  app.advance(3_600_000)
  t.ok(await eventually(async () => to.received.slice(failed).some(({ numbers }) => numbers.includes(2))))
  const again = to.received.slice(failed)
  t.same(
    again.flatMap(({ numbers }) => numbers),
    [1, 2],
  )
  t.same(
    again.flatMap(({ focuses }) => focuses),
    [undefined, `DocumentReference/${second.documentId}`],
  )
  const same = to.received.filter(({ numbers }) => numbers.includes(1))
  t.ok(same.length >= 2)
  t.equal(new Set(same.map(({ bundle }) => bundle)).size, 1, 'the same Bundle each time')
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'active'))
  const missed = await app.as(gp).get(`/Subscription/${id}/$events?eventsSinceNumber=2`)
  t.match(missed.text, second.documentId)
  t.notMatch(missed.text, first.documentId)
  to.answers = 410
  await record.push()
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'off'), '410: it wants no more')
  // Redirects are failures, and are not followed.
  await using elsewhere = await receiver()
  const back = { ...subscription(record, to), id }
  t.equal((await app.as(gp).put(`/Subscription/${id}`, back)).status, 200)
  to.answers = 307
  to.headers = { location: elsewhere.url }
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'error'))
  t.equal(elsewhere.received.length, 0)
  // Three days are enough.
  for (let i = 0; i < 5 && (await statusOf(app, gp, id)) !== 'off'; i++) {
    app.advance(86_400_000)
    const count = to.received.length
    await eventually(async () => to.received.length > count || (await statusOf(app, gp, id)) === 'off')
  }
  t.ok(await eventually(async () => (await statusOf(app, gp, id)) === 'off'))
})

tap.test(
  'a receiver that says nothing holds up no other, however many subscriptions lead to it',
  async (t) => {
    await using silent = await receiver()
    await using to = await receiver()
    await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: `${silent.host}, ${to.host}` })
    silent.answers = 'silence'
    const record = await openTestRecord(app, matricule(1))
    await record.choose('autorisation', idOf(gp))
    for (let n = 2; n <= 5; n++) {
      const other = await openTestRecord(app, matricule(n))
      await other.choose('autorisation', idOf(gp))
      for (let i = 0; i < 5; i++) await subscribed(app, gp, subscription(other, silent, { timeout: 30 }))
    }
    await subscribed(app, gp, subscription(record, to))
    app.startJobs()
    await to.until(1)
    await record.push()
    await to.until(2)
    t.same(
      to.received.map(({ type }) => type),
      ['handshake', 'event-notification'],
    )
    t.equal(silent.received.length, 4, 'while the other is still waited for')
  },
)

tap.test('emergency accesses, to the patient and the médecin traitant (A10)', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  app.startJobs()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const asked = subscription(record, to, { topic: 'acces-urgence', content: 'full-resource' })
  const refused = await app.as(gp).post('/Subscription', asked)
  t.equal(verdict(refused), '403 forbidden abonnement-urgence A10', 'not to who is authorised')
  await record.choose('medecin-traitant', idOf(gp))
  const { id: ofGp } = await subscribed(app, gp, asked)
  const { id: ofHolder } = await subscribed(app, record.holder, asked)
  await to.until(2)
  const { binaryId } = await record.push()
  const token = app.token(otherGp)
  const urgent = app.withToken(token)
  for (let i = 0; i < 2; i++) t.equal((await urgent.get(`/Binary/${binaryId}`, brisDeGlace)).status, 200)
  const events = (id: string) =>
    to.received.filter(({ text, numbers }) => text.includes(`Subscription/${id}`) && numbers.length > 0)
  t.ok(await eventually(async () => events(ofGp).length === 1 && events(ofHolder).length === 1))
  await quiet()
  t.equal(events(ofGp).length + events(ofHolder).length, 2, 'one intervention is told once')
  const [one] = events(ofHolder)
  t.match(one?.focuses[0], /^AuditEvent\//)
  t.same(one?.resources, ['AuditEvent'])
  t.match(one?.text, 'Patient inconscient aux urgences')
  t.equal((await app.as(record.holder).get(`/${one?.focuses[0]}`)).status, 200, 'and can be read')
})

tap.test('who may subscribe to what, and where it may be sent', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: `${to.host}, notify.example` })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const ask = async (who: Persona, parts: Parts = {}, headers = {}): Promise<string> =>
    verdict(await app.as(who).post('/Subscription', subscription(record, to, parts), headers))
  t.equal(await ask(otherGp), '403 forbidden autorisation-absente A1')
  t.equal(await ask(hospital), '403 forbidden droit-fonctionnel F8')
  t.equal(await ask(secretariat), '403 forbidden droit-fonctionnel F8')
  t.equal(await ask(optician), '403 forbidden autorisation-absente A1')
  t.equal(await ask(gp, {}, brisDeGlace), '400 invalid abonnement-mode')
  const nowhere = `DocumentReference?patient=Patient/${record.id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}`
  t.equal(await ask(gp, { filter: nowhere }), '404 not-found inconnu')
  const filterFault = '422 business-rule abonnement-filtre @ Subscription.criteria.extension'
  t.equal(await ask(gp, { filter: 'DocumentReference?' }), filterFault)
  t.equal(await ask(gp, { filter: `DocumentReference?patient=Patient/${record.id}&type=x` }), filterFault)
  t.equal(await ask(gp, { filter: `AuditEvent?patient=Patient/${record.id}` }), filterFault)
  t.equal(await ask(gp, { topic: 'other' }), '422 business-rule abonnement-sujet @ Subscription.criteria')
  const addresses = [
    'https://evil.example/',
    'https://notify.example:8443/',
    'http://notify.example/',
    'https://user:pass@notify.example/',
    'https://notify.example/#part',
    'ftp://notify.example/',
    'https://127.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'notify.example',
    to.url.replace('127.0.0.1', 'localhost'),
  ]
  for (const endpoint of addresses)
    t.equal(
      await ask(gp, { endpoint }),
      '422 business-rule abonnement-adresse @ Subscription.channel.endpoint',
      endpoint,
    )
  for (const header of [
    'Host: evil.example',
    'Content-Length: 0',
    'nothing',
    'X: a\r\nY: b',
    'DMP-Signature: x',
    'X: *****',
  ])
    t.match(
      await ask(gp, { header: [header] }),
      /^4\d\d .*(abonnement-entete|Subscription.channel.header)/,
      header,
    )
  const narrow = (scope: string) =>
    app.as(gp, { scope }).post('/Subscription', subscription(record, to)).then(verdict)
  t.equal(await narrow('user/DocumentReference.rs'), '403 forbidden portee-insuffisante')
  t.equal(await narrow('user/Subscription.c'), '403 forbidden portee-insuffisante')
  t.equal(await narrow('user/Subscription.c user/DocumentReference.r'), '201')
  t.equal(
    await ask(gp, { more: { end: '2020-01-01T00:00:00Z' } }),
    '422 business-rule abonnement-fin @ Subscription.end',
  )
  const answers = []
  for (let i = 0; i < 6; i++) answers.push(await ask(gp))
  t.same(answers.slice(-2), ['409 conflict abonnement-nombre', '409 conflict abonnement-nombre'])
  await using unlisted = await testApp()
  const there = await openTestRecord(unlisted, matricule(1))
  t.equal(
    verdict(await unlisted.as(there.holder).post('/Subscription', subscription(there, to))),
    '422 business-rule abonnement-adresse @ Subscription.channel.endpoint',
    'nowhere, as long as nothing is listed',
  )
})

tap.test('one’s own, and nobody else’s', async (t) => {
  await using to = await receiver()
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: to.host })
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, otherGp]) await record.choose('autorisation', idOf(who))
  const { id } = await subscribed(app, gp, subscription(record, to, { header: ['X-Key: kept'] }))
  const invented = `${id.slice(0, -5)}00000`
  for (const path of ['', '/$status', '/$events']) {
    const there = await app.as(otherGp).get(`/Subscription/${id}${path}`)
    const nowhere = await app.as(otherGp).get(`/Subscription/${invented}${path}`)
    t.same([there.status, there.text], [404, nowhere.text], path)
  }
  const client = app.as(otherGp)
  t.equal((await client.request('DELETE', `/Subscription/${id}`)).status, 404)
  t.equal((await client.put(`/Subscription/${id}`, { ...subscription(record, to), id })).status, 404)
  const count = async (who: Persona, query = '') =>
    resourceOf(await app.as(who).get(`/Subscription${query}`), 'Bundle').entry?.length ?? 0
  t.equal(await count(otherGp), 0)
  t.equal(await count(gp), 1)
  t.equal(await count(gp, `?patient=Patient/${record.id}&status=requested`), 1)
  t.equal(await count(gp, '?status=off'), 0)
  t.equal(verdict(await app.as(gp).get('/Subscription?url=x')), '400 not-supported parametre-inconnu')
  const changed = { ...subscription(record, to, { header: ['X-Key: *****'], content: 'empty' }), id }
  t.equal(
    verdict(
      await app
        .as(gp)
        .request('PUT', `/Subscription/${id}`, { body: changed, headers: { 'if-match': 'W/"9"' } }),
    ),
    '412 conflict version-perimee',
  )
  t.equal(verdict(await app.as(gp).put(`/Subscription/${id}`, changed)), '200')
  app.startJobs()
  const [hello] = await to.until(1)
  t.equal(hello?.headers['x-key'], 'kept', 'a masked value is the one that was kept')
  t.equal(
    verdict(
      await app
        .as(gp)
        .put(`/Subscription/${id}`, { ...subscription(record, to, { topic: 'document-modifie' }), id }),
    ),
    '409 conflict abonnement-immuable @ Subscription.criteria',
  )
  await record.push()
  await to.until(2)
  t.same(to.received[1]?.focuses, [undefined], 'empty: a number, and no more')
  t.equal((await app.as(gp).request('DELETE', `/Subscription/${id}`)).status, 204)
  t.equal((await app.as(gp).get(`/Subscription/${id}`)).status, 404)
  await record.push()
  await quiet()
  t.equal(to.received.length, 2, 'nothing after')
  t.same(await app.query('select from subscription_event'), [])
})
