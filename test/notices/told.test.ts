/**
 * From the request that owes a notice to the mail in the box and the call at the hub: the whole server, a real mail server
 * and a real receiver; and what neither of them, nor the log, is told.
 * @see docs/notices.md, docs/policy.md A10
 */
import { createHmac } from 'node:crypto'
import type { Communication, Patient } from '@medplum/fhirtypes'
import t from 'tap'
import { requestToken } from '../../src/cli/request-token.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { choice, patient, provideBundle } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import { httpClient, resourceOf, verdict } from '../support/http-client.ts'
import { mailServer, type ReceivedMail } from '../support/mail-server.ts'
import {
  administration,
  gp,
  hospital,
  matricule,
  nurse,
  otherGp,
  otherStructureId,
} from '../support/personas.ts'
import { receiverOf } from '../support/receiver.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'
import { serverProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

const DAY = 86_400_000
const secret = 'a secret of this test and of nothing else'
const address = 'dominique@patient.example'
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const brisDeGlace = {
  'dmp-mode-acces': 'bris_de_glace',
  'dmp-motif': encodeURIComponent('Patiente inconsciente'),
}

type Call = {
  readonly signature: string
  readonly webhookId: string
  readonly type: string
  readonly text: string
  readonly id: string
  readonly kind: string
  readonly recipient: { readonly type: string; readonly identifier?: { readonly value: string } }
  readonly patient: string
}

const hub = () =>
  receiverOf<Call>((headers, text) => ({
    ...JSON.parse(text),
    text,
    signature: String(headers['dmp-signature']),
    webhookId: String(headers['webhook-id']),
    type: String(headers['content-type']),
  }))

async function openedWithMail(
  app: TestApp,
  n: number,
  telecom = [{ system: 'email', value: address }],
): Promise<TestRecord> {
  const record = await openTestRecord(app, matricule(n))
  const body: Patient = { ...patient(record.ins), telecom: telecom as Patient['telecom'] & object }
  const path = `/Patient?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`
  const answer = await app.as(administration).put(path, body)
  if (answer.status !== 200) throw new Error(verdict(answer))
  return record
}

const settings = (port: number, hook: string): Readonly<Record<string, string>> => ({
  DMP_NOTICE_SMTP_URL: `smtp://127.0.0.1:${port}`,
  DMP_NOTICE_FROM: 'Dossier médical partagé <notices@dmp.example>',
  DMP_NOTICE_SITE: 'https://espace.example',
  DMP_NOTICE_WEBHOOK: hook,
  DMP_NOTICE_WEBHOOK_SECRET: secret,
})

t.test(
  'what happens in a record is told, to whom it must be, and nothing more is said',
  { timeout: 300_000 },
  async (t) => {
    await using box = await mailServer()
    await using to = await hub()
    await using app = await testApp(settings(box.port, to.url))
    app.startJobs()
    const record = await openedWithMail(app, 1)
    t.equal(verdict(await record.choose('medecin-traitant', idOf(otherGp))), '201')
    t.equal(verdict(await record.choose('autorisation', idOf(nurse))), '201')
    const { documentId, binaryId } = await record.push()
    t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`)), '403 forbidden autorisation-absente A1')
    t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`, brisDeGlace)), '200')
    t.equal(verdict(await app.as(nurse).get(`/DocumentReference/${documentId}`)), '200')
    const declared = await app
      .as(gp)
      .post('/Consent', choice('autorisation', record.id, { actor: idOf(gp), purpose: ['TREAT'] }))
    t.equal(verdict(declared), '201')
    await box.until(4)
    await to.until(5)
    const kinds = (calls: readonly Call[], recipient: string): string[] =>
      calls.filter((call) => call.recipient.type === recipient).map(({ kind }) => kind)
    t.same(
      kinds(to.received, 'patient'),
      ['depot', 'bris_de_glace', 'premier-acces', 'choix'],
      'in this order',
    )
    t.same(kinds(to.received, 'medecin-traitant'), ['bris_de_glace'])
    t.same(
      to.received.flatMap(({ recipient }) => recipient.identifier?.value ?? []),
      [idOf(otherGp)],
    )
    const said = (mails: readonly ReceivedMail[]): string[] =>
      mails.map(({ text }) => text.split('\n')[2] ?? '')
    t.same(
      said(box.received).map((text) => /ajouté|urgence|première|réglage/.exec(text)?.[0]),
      ['ajouté', 'urgence', 'première', 'réglage'],
      'and so by mail',
    )
    const ofPatient = to.received.filter(({ recipient }) => recipient.type === 'patient')
    t.same(
      box.received.map(({ headers }) => headers['message-id']),
      ofPatient.map(({ id }) => `<${id}@dmp.example>`),
      'under the same ids',
    )
    for (const call of to.received) {
      t.equal(call.webhookId, call.id)
      t.equal(call.type, 'application/json; charset=utf-8')
      const [, at = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(call.signature) ?? []
      t.equal(mac, createHmac('sha256', secret).update(`${at}.${call.text}`).digest('hex'), 'signed')
      t.match(call.patient, new RegExp(`/fhir/Patient/${record.id}$`))
    }
    const hidden = [
      ...[record.ins.value, 'PAT-TROIS', 'DOMINIQUE', documentId, binaryId],
      ...[idOf(gp), idOf(nurse), 'inconsciente', '11490-0', '1979'],
    ]
    for (const word of hidden) {
      t.notMatch(to.received.map(({ text }) => text).join(), word)
      t.notMatch(box.received.map(({ text, headers }) => text + headers.subject).join(), word)
    }
    t.notMatch(box.received.map(({ raw }) => raw).join(), record.id, 'nor whose record it is')
    t.ok(box.received.every(({ to: boxes }) => boxes.join() === address))
    t.notMatch(app.log(), address, 'no address in the log')
    await until('nothing is pending', async () =>
      (await states(app)).every((state) => !state.includes('pending')),
    )
    t.same(await states(app), [...['mail sent  4', 'mail withheld no-address 1', 'webhook sent  5']])
  },
)

t.test(
  'a message is told to whom it is written, a structure as a structure',
  { timeout: 300_000 },
  async (t) => {
    await using to = await hub()
    await using app = await testApp({ DMP_NOTICE_WEBHOOK: to.url, DMP_NOTICE_WEBHOOK_SECRET: secret })
    app.startJobs()
    const record = await openTestRecord(app, matricule(1))
    const { documentId } = await record.push()
    const professional = { system: 'urn:oid:1.2.250.1.71.4.2.1', value: idOf(gp) }
    const structure = { system: 'urn:oid:1.2.250.1.71.4.2.2', value: otherStructureId }
    for (const identifier of [professional, structure]) {
      const message: Communication = {
        resourceType: 'Communication',
        status: 'in-progress',
        subject: { reference: `Patient/${record.id}` },
        about: [{ reference: `DocumentReference/${documentId}` }],
        recipient: [{ identifier }],
        payload: [{ contentString: 'Docteur, que veut dire ce résultat ?' }],
      }
      t.equal(verdict(await app.as(record.holder).post('/Communication', message)), '201')
    }
    await to.until(3)
    // In whatever order: the record's first deposit is told too.
    const messages = to.received.filter(({ kind }) => kind === 'message')
    t.equal(messages.length, 2)
    t.same(
      new Set(messages.map(({ recipient }) => recipient)),
      new Set([
        { type: 'professionnel', identifier: professional },
        { type: 'structure', identifier: structure },
      ]),
    )
    t.notMatch(to.received.map(({ text }) => text).join(), /résultat/, 'without its text')
  },
)

async function states(app: TestApp): Promise<string[]> {
  const rows = await app.query<{ told: string }>(
    `select channel || ' ' || state || ' ' || last_error || ' ' || count(*) as told from notice_delivery
      group by channel, state, last_error order by 1`,
  )
  return rows.map(({ told }) => told)
}

t.test(
  'not now, then taken; turned off while the mail server was down; refused for good',
  { timeout: 300_000 },
  async (t) => {
    await using box = await mailServer()
    await using to = await hub()
    await using app = await testApp(settings(box.port, to.url))
    app.startJobs()
    const [one, off, gone] = [
      await openedWithMail(app, 1),
      await openedWithMail(app, 2),
      await openedWithMail(app, 3),
    ]
    box.answers.recipient = '450 4.2.0 not now'
    await one.push()
    await off.push()
    await to.until(2)
    await until('tried twice', async () => (await states(app)).includes('mail pending smtp-450 2'))
    t.equal(
      verdict(await app.as(off.holder).post('/Consent', choice('notification', off.id, { type: 'deny' }))),
      '201',
    )
    box.answers.recipient = '550 5.1.1 nobody here'
    await gone.push()
    await until('given up', async () => (await states(app)).includes('mail dead smtp-550 1'))
    await until('logged', () => app.log().includes('a notice was given up: mail, smtp-550'))
    box.answers.recipient = 'accept'
    app.advance(DAY)
    await box.until(1)
    await until('nothing is pending', async () =>
      (await states(app)).every((state) => !state.includes('pending')),
    )
    t.same(await states(app), [
      'mail dead smtp-550 1',
      'mail sent  1',
      'mail withheld turned-off 1',
      'webhook sent  3',
    ])
    t.equal(to.received.length, 3, 'the hub was not kept waiting')
  },
)

t.test('kill -9: no notice is lost, whoever dies', { timeout: 300_000 }, async (t) => {
  const PUSHES = 12
  await using to = await hub()
  await using database = await testDatabase()
  const environment = {
    DMP_MASTER_KEY: 'a master key of this test, and of nothing else',
    DMP_NOTICE_WEBHOOK: to.url,
    DMP_NOTICE_WEBHOOK_SECRET: secret,
  }
  await using first = await serverProcess(database, environment)
  await using second = await serverProcess(database, environment)
  await Promise.all([first.start(), second.start()])
  const as = async (persona: Persona) => {
    const token = await requestToken(first.base, persona)
    return httpClient(first.base, async () => `Bearer ${token}`)
  }
  const ins = matricule(1)
  const opened = await (await as(administration)).post('/Patient/$ouvrir', patient(ins))
  const record = resourceOf(opened, 'Patient').id ?? ''
  t.not(record, '')
  const depositor = await as(hospital)
  let pushed = 0
  for (let i = 0; i < PUSHES; i++) {
    // What comes now is had, and nobody here knows.
    if (i % 6 === 2) to.answers = 'silence'
    const answer = await depositor.post('', provideBundle({ ins }))
    t.equal(answer.status, 200, verdict(answer))
    pushed++
    if (i % 6 !== 4) continue
    await to.until(to.received.length + 1, 3_000).catch(() => undefined)
    const killed = i % 12 === 4 ? first : second
    await killed.kill()
    to.answers = 200
    await killed.start()
  }
  const told = () => new Set(to.received.map(({ id }) => id))
  await until('each is told', () => told().size >= pushed)
  t.equal(told().size, PUSHES, 'each is told')
  t.ok(to.received.every(({ kind }) => kind === 'depot'))
  t.ok(
    to.received.length > PUSHES,
    `not vacuous: ${to.received.length - PUSHES} were told again, under the same id`,
  )
})
