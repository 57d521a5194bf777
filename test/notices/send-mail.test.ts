/**
 * One mail over real SMTP: TLS demanded and verified, login, refusals for now and for good, servers that hang or break off;
 * and of whatever they say, a number at most is kept.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t from 'tap'
import type { Uuid } from '../../src/fhir/id.ts'
import { mailMessage } from '../../src/notices/mail-channel.ts'
import { type MailServer, sendMail } from '../../src/notices/send-mail.ts'
import { testCertificate } from '../support/certificates.ts'
import { type Answer, mailServer, type TestMailServer } from '../support/mail-server.ts'

const certificate = testCertificate('mail.test')
const login = { user: 'notices', pass: 'très secret: %/@' }
const from = 'notices@dmp.example'
const to = 'patiente@example.fr'
const noSignal = new AbortController().signal

const plain = ({ port }: Pick<TestMailServer, 'port'>): MailServer => ({
  host: '127.0.0.1',
  port,
  secure: false,
  requireTls: false,
})
const overTls = (server: TestMailServer, changes: Partial<MailServer> = {}): MailServer => ({
  ...plain(server),
  host: 'localhost',
  requireTls: true,
  ca: certificate.pem,
  ...changes,
})

const message = await mailMessage(
  {
    id: '0199f3c2-7b1e-7000-8000-0000000000aa' as Uuid,
    kind: 'depot',
    recipient: 'patient',
    recorded: Date.UTC(2026, 10, 22, 17, 0),
  },
  to,
  { from: { name: 'Dossier médical partagé', address: from }, site: 'https://espace.example' },
)
const mail = { from, to, message }

t.test('STARTTLS and login', async (t) => {
  await using server = await mailServer({ certificate, login })
  t.same(await sendMail(overTls(server, { auth: login }), mail, noSignal), { outcome: 'received' })
  const [got] = server.received
  t.equal(got?.secure, true)
  t.equal(got?.user, login.user)
  t.equal(got?.from, from)
  t.same(got?.to, [to])
  t.equal(got?.headers['message-id'], '<0199f3c2-7b1e-7000-8000-0000000000aa@dmp.example>')
  t.equal(got?.headers.from, `Dossier médical partagé <${from}>`)
  t.equal(got?.headers.to, to)
  t.equal(got?.headers['auto-submitted'], 'auto-generated')
  t.match(got?.headers.date, '22 Nov 2026 17:00:00 +0000')
  t.match(got?.headers.subject, 'Dossier médical partagé : une information vous attend')
  t.match(got?.text, 'Un document a été ajouté à votre dossier médical partagé.')
  t.match(got?.text, 'A document was added to your shared medical record.')
  t.match(got?.text, 'espace : https://espace.example')
  t.ok(
    got?.raw.split('\r\n').every((line) => line.length <= 78 && /^[\x20-\x7e]*$/.test(line)),
    'short lines of ASCII, which every server takes',
  )
})

t.test('TLS from the first byte', async (t) => {
  await using server = await mailServer({ certificate, login, secure: true })
  const answer = await sendMail(overTls(server, { auth: login, secure: true }), mail, noSignal)
  t.same(answer, { outcome: 'received' })
  t.equal(server.received[0]?.secure, true)
})

t.test('nothing is sent, nor a password, over what is not verified', async (t) => {
  type Case = readonly [string, Parameters<typeof mailServer>[0], Partial<MailServer>]
  const otherName: Case = [
    'a certificate for another name',
    { certificate, login, address: '127.0.0.2' },
    { host: '127.0.0.2' },
  ]
  const cases: readonly Case[] = [
    ['no STARTTLS offered', { login }, {}],
    ['a certificate of nobody', { certificate, login }, { ca: testCertificate('other').pem }],
    [
      'the same, from the first byte',
      { certificate, login, secure: true },
      { secure: true, ca: testCertificate('other').pem },
    ],
    // Every address of 127.0.0.0/8 is this machine: on Linux.
    ...(process.platform === 'linux' ? [otherName] : []),
  ]
  for (const [what, offered, changes] of cases) {
    await using server = await mailServer(offered)
    const answer = await sendMail(overTls(server, { auth: login, ...changes }), mail, noSignal, 3_000)
    t.equal(answer.outcome, 'failed', `${what}: ${JSON.stringify(answer)}`)
    t.equal(server.received.length, 0)
  }
})

t.test('what the server says: for now, for good, and what is our own fault', async (t) => {
  await using server = await mailServer()
  const cases: readonly (readonly [keyof TestMailServer['answers'], Answer, object])[] = [
    ['greeting', '421 4.3.2 not now', { outcome: 'failed', reason: 'smtp-421' }],
    ['greeting', '554 5.7.1 not you', { outcome: 'failed', reason: 'smtp-554' }],
    ['sender', '550 5.7.1 you may not', { outcome: 'failed', reason: 'smtp-550' }],
    ['recipient', `450 4.2.2 the box of ${to} is full`, { outcome: 'failed', reason: 'smtp-450' }],
    ['recipient', '550 5.1.1 nobody of that name', { outcome: 'refused', reason: 'smtp-550' }],
    ['recipient', '553 no such mailbox', { outcome: 'refused', reason: 'smtp-553' }],
    ['recipient', '550 5.7.1 relaying denied', { outcome: 'failed', reason: 'smtp-550' }],
    ['data', '451 4.3.0 try later', { outcome: 'failed', reason: 'smtp-451' }],
    ['data', '552 5.3.4 too large', { outcome: 'refused', reason: 'smtp-552' }],
  ]
  for (const [stage, answer, expected] of cases) {
    server.answers[stage] = answer
    t.same(await sendMail(plain(server), mail, noSignal), expected, `${stage} ${answer}`)
    server.answers[stage] = 'accept'
  }
  t.equal(server.received.length, 0)
  t.same(await sendMail(plain(server), mail, noSignal), { outcome: 'received' }, 'and again, taken')
  await using closed = await mailServer({ certificate, login })
  const wrong = { user: login.user, pass: 'wrong' }
  const answer = await sendMail(overTls(closed, { auth: wrong }), mail, noSignal)
  t.same(answer, { outcome: 'failed', reason: 'smtp-535' })
})

t.test('a server that hangs, at whatever point, is left in time', async (t) => {
  await using server = await mailServer()
  for (const stage of ['greeting', 'sender', 'recipient', 'data'] as const) {
    server.answers[stage] = 'silence'
    const answer = await sendMail(plain(server), mail, noSignal, 300)
    t.match(answer, { outcome: 'failed', reason: /^(?:timeout|ETIMEDOUT)$/ }, stage)
    server.answers[stage] = 'accept'
  }
  server.answers.recipient = 'silence'
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(), 100)
  t.same(await sendMail(plain(server), mail, stopping.signal), { outcome: 'interrupted' })
  t.same(await sendMail(plain(server), mail, stopping.signal), { outcome: 'interrupted' }, 'nor begun')
})

t.test('what is no mail server at all', async (t) => {
  const talk = async (with_: (socket: Socket) => void, milliseconds = 1_000) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      with_(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const answer = await sendMail(plain({ port }), mail, noSignal, milliseconds)
    await new Promise((resolve) => server.close(resolve))
    return answer
  }
  const dribble = (socket: Socket): void => {
    const timer = setInterval(() => socket.write('220-'), 20)
    socket.on('close', () => clearInterval(timer))
  }
  t.same(await talk(dribble, 400), { outcome: 'failed', reason: 'timeout' }, 'never at an end')
  t.equal((await talk((socket) => socket.end())).outcome, 'failed', 'breaks off')
  t.equal(
    (await talk((socket) => socket.write('HTTP/1.1 400\r\n\r\n'))).outcome,
    'failed',
    'speaks something else',
  )
  const flood = (socket: Socket): void => void socket.write('220-'.repeat(1_000_000))
  t.equal((await talk(flood)).outcome, 'failed', 'talks without end')
  const nobody = await sendMail(plain({ port: 1 }), mail, noSignal)
  t.same(nobody, { outcome: 'failed', reason: 'ECONNREFUSED' })
})
