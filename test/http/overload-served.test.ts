/**
 * Overload over real HTTP, on real PostgreSQL that is held up by a lock: what is refused, how it is said, who goes first,
 * and that all is well again afterwards. Nothing here depends on how fast the machine is: what must have happened is
 * waited for.
 * @see docs/operations.md "Overload", docs/api.md "Limits of rate"
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type TestApp, testApp } from '../support/app.ts'
import { type Received, verdict } from '../support/http-client.ts'
import { administration, gp, hospital, matricule, nurse, otherHospital } from '../support/personas.ts'
import { byIns, openTestRecord } from '../support/record.ts'

t.setTimeout(180_000)

/** Until it holds; that it never does is the test's time-out. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5)
}

/** Of `dmp_load` or another gauge or counter, as Prometheus would read it. */
async function metric(app: TestApp, name: string, label: string): Promise<number> {
  const line = (await app.metrics())
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && each.includes(`"${label}"`))
  return Number(line?.split(' ').at(-1) ?? Number.NaN)
}

/** Nothing of the table is read or written until it is released. */
async function hold(app: TestApp, table: string): Promise<{ release(): Promise<unknown> }> {
  await app.query('begin')
  await app.query(`lock table ${table} in access exclusive mode`)
  return { release: () => app.query('rollback') }
}

/** Bytes on a bare connection, and what comes back. */
function bare(app: TestApp): {
  readonly socket: Socket
  readonly received: () => string
  readonly closed: Promise<void>
} {
  const { port } = new URL(app.base)
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  return { socket, received: () => text, closed }
}

const statuses = (answers: readonly Received[]): readonly number[] => answers.map(({ status }) => status)

t.test(
  'a database that does not answer: refused in time, health answers, and then all is well',
  async (t) => {
    await using app = await testApp({
      DMP_ADMIN_PORT: '0',
      DMP_MAX_REQUESTS_AT_ONCE: '8',
      DMP_MAX_WAIT_MS: '100',
    })
    const record = await openTestRecord(app, matricule(1))
    const { documentId } = await record.push()
    await record.choose('autorisation', gp.nationalId ?? '')
    const token = app.token(gp)
    const client = app.withToken(token)
    const root = app.base.replace(/\/fhir$/, '')
    t.equal((await client.get(`/DocumentReference/${documentId}`)).status, 200)
    const traces = await app.traces()
    const held = await hold(app, 'document')

    const stuck = Array.from({ length: 8 }, () => client.get(`/DocumentReference/${documentId}`))
    await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 8)

    const french = await client.get(`/DocumentReference/${documentId}`)
    t.equal(verdict(french), '503 transient surcharge')
    t.match(french.text, /rien n’a été fait de celle-ci/)
    t.match(french.headers['retry-after'], /^[1-4]$/)
    t.match(french.headers['x-request-id'], /^[0-9a-f-]{36}$/)
    t.equal(french.headers['cache-control'], 'no-store')
    t.equal(french.headers['content-type'], 'application/fhir+json; charset=utf-8')
    const english = await client.get(`/DocumentReference/${documentId}`, {
      accept: 'application/fhir+xml',
      'accept-language': 'en',
      'x-request-id': 'request-0001',
    })
    t.equal(english.status, 503)
    t.equal(english.headers['content-type'], 'application/fhir+xml; charset=utf-8')
    t.equal(english.headers['x-request-id'], 'request-0001')
    t.match(english.text, /<OperationOutcome.*nothing was done of this one/s)
    const named = await client.get(`/DocumentReference/${documentId}?_format=xml`)
    t.match(named.headers['content-type'], /xml/)
    t.equal((await client.request('HEAD', `/DocumentReference/${documentId}`)).status, 503)

    t.equal((await client.get(`${root}/livez`)).text, 'ok\n', 'it lives')
    t.match(
      (await client.get(`${root}/readyz`)).text,
      /^ok\n/,
      'and is not taken out of service for what it sheds',
    )

    const refused = await Promise.all(Array.from({ length: 200 }, () => client.get('/metadata')))
    t.ok(statuses(refused).every((status) => status === 503))
    t.ok(
      (await metric(app, 'dmp_shed_total', 'waited')) + (await metric(app, 'dmp_shed_total', 'line-full')) >=
        200,
    )
    t.equal(await metric(app, 'dmp_load', 'requests-in-work'), 8)

    await held.release()
    t.same(statuses(await Promise.all(stuck)), Array(8).fill(200), 'what was in work is done')
    t.equal((await client.get(`/DocumentReference/${documentId}`)).status, 200)
    await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 0)
    t.equal(await metric(app, 'dmp_load', 'requests-waiting'), 0)
    t.equal(await app.traces(), traces + 9, 'a trace for what was done, none for what was not')
    t.notMatch(app.log(), /"msg":"request failed"/)
  },
)

t.test('an emergency is let in when others are not, and a false one does not last', async (t) => {
  await using app = await testApp({
    DMP_ADMIN_PORT: '0',
    DMP_MAX_REQUESTS_AT_ONCE: '4',
    DMP_MAX_WAIT_MS: '50',
  })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const { documentId } = await record.push()
  const path = `/DocumentReference/${documentId}`
  const client = app.withToken(app.token(gp))
  const urgent = { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': 'urgence%20vitale' }
  const held = await hold(app, 'document')
  const stuck = Array.from({ length: 4 }, () => client.get(path))
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 4)
  t.equal((await client.get('/metadata')).status, 503)
  t.equal((await client.get('/metadata', urgent)).status, 200, 'there is a place for it')

  const nobody = app.withHeader()
  for (let n = 0; n < 5; n++) t.equal(verdict(await nobody.get(path, urgent)), '401 login jeton-absent')
  t.equal((await client.get('/metadata', urgent)).status, 503, 'the address is not believed any more')
  await held.release()
  t.same(statuses(await Promise.all(stuck)), [200, 200, 200, 200])
  t.equal((await client.get('/metadata', urgent)).status, 200, 'as good as any other')
})

t.test('writes: half the places; a slow sender has none; no half work', async (t) => {
  await using app = await testApp({
    DMP_ADMIN_PORT: '0',
    DMP_MAX_REQUESTS_AT_ONCE: '4',
    DMP_MAX_WAIT_MS: '2000',
  })
  const record = await openTestRecord(app, matricule(1))
  const token = await app.token(hospital)
  const senders = Array.from({ length: 20 }, () => {
    const sender = bare(app)
    sender.socket.write(
      `POST /fhir/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/fhir+json\r\ncontent-length: 5000\r\n\r\n{`,
    )
    return sender
  })
  await record.push()
  // Twenty that send slowly, and go on doing so, give back what they had.
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 0)
  t.notOk(senders.some(({ socket, received }) => socket.destroyed || received() !== ''))
  for (const { socket } of senders) socket.destroy()

  const before = await app.stored()
  const held = await hold(app, 'record')
  const first = [record.push(), record.push()]
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 2)
  t.equal((await app.as(gp).get('/metadata')).status, 200, 'reads have the other half')
  const others = await Promise.allSettled(Array.from({ length: 10 }, () => record.push()))
  for (const other of others)
    t.match(other.status === 'rejected' ? String(other.reason) : '', /503 transient surcharge/)
  await held.release()
  await Promise.all(first)
  const after = await app.stored()
  t.equal(after.document, (before.document ?? 0) + 2)
  t.equal(after.content, (before.content ?? 0) + 2)
  await record.push()
})

t.test('a body: refused before it came, or given a place when it has come', async (t) => {
  await using app = await testApp({
    DMP_ADMIN_PORT: '0',
    DMP_MAX_REQUESTS_AT_ONCE: '4',
    DMP_MAX_WAIT_MS: '100',
  })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const { documentId } = await record.push()
  const token = await app.token(gp)
  const slow = bare(app)
  const body = byIns(record.ins)
  slow.socket.write(
    `POST /fhir/DocumentReference/_search HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  await sleep(100)
  slow.socket.write(body)
  await until(() => slow.received().includes('\r\n\r\n'))
  t.match(slow.received(), /^HTTP\/1\.1 200 .*"total":1/s, 'later than its turn, and well')
  slow.socket.destroy()

  const held = await hold(app, 'document')
  const client = app.withToken(app.token(gp))
  const stuck = Array.from({ length: 4 }, () => client.get(`/DocumentReference/${documentId}`))
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 4)
  const refused = bare(app)
  refused.socket.write(
    `POST /fhir/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/fhir+json\r\ncontent-length: 5000\r\n\r\n{`,
  )
  await until(() => refused.received().includes('\r\n\r\n'))
  t.match(refused.received(), /^HTTP\/1\.1 503 .*retry-after: [1-4]\r\n/is)
  refused.socket.destroy()
  await held.release()
  t.same(statuses(await Promise.all(stuck)), [200, 200, 200, 200])
  t.equal((await client.get(`/DocumentReference/${documentId}`)).status, 200)
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 0)
})

t.test('a client has its rate, and what it does with it is its own affair', async (t) => {
  await using app = await testApp({ DMP_ADMIN_PORT: '0', DMP_RATE_LIMIT: '1' })
  const traced = async (client: string): Promise<number> => {
    const [row] = await app.query<{ n: number }>(
      `select count(*)::integer as n from audit where client = $1 and status = 429`,
      [client],
    )
    return row?.n ?? Number.NaN
  }
  const many = app.withToken(app.token(otherHospital))
  const other = app.withToken(app.token(nurse))
  const first = await many.get('/DocumentReference/nothing')
  t.equal(first.headers['ratelimit-policy'], '"client";q=10;w=10')
  t.match(first.headers.ratelimit, /^"client";r=9;t=1$/)
  const answers: Received[] = []
  for (let n = 0; n < 60; n++) answers.push(await many.get('/DocumentReference/nothing'))
  const refused = answers.filter(({ status }) => status === 429)
  const [one] = refused
  if (!one) throw new Error('none was refused')
  t.equal(verdict(one), '429 throttled trop-de-requetes')
  t.equal(one.headers['retry-after'], '1')
  t.match(one.text, /réessayez dans 1 s/)
  t.match(one.headers.ratelimit, /^"client";r=0;t=10$/)
  t.equal((await other.get('/DocumentReference/nothing')).status, 404, 'another one has its own')
  const urgent = { 'dmp-mode-acces': 'centre_15' }
  t.not((await many.get('/DocumentReference/nothing', urgent)).status, 429, 'an emergency too')
  t.ok((await metric(app, 'dmp_shed_total', 'client-rate')) >= refused.length)
  t.ok((await traced('test-software')) <= 3, 'a trace of it, not one for each')
  await until(async () => (await many.get('/DocumentReference/nothing')).status === 404)

  const large = await app.as(administration).get('/metadata')
  t.equal(large.headers.ratelimit, undefined, 'what needs no token has no rate')
})

t.test('tokens that are not accepted, over and over, leave traces only up to a point', async (t) => {
  await using app = await testApp({ DMP_ADMIN_PORT: '0' })
  const nobody = app.withHeader()
  const answers: Received[] = []
  const isRefused = ({ status }: Received): boolean => status === 429
  const ask = async (): Promise<void> => {
    while (!answers.some(isRefused)) answers.push(await nobody.get('/Patient/x'))
  }
  await Promise.all(Array.from({ length: 20 }, ask))
  const refused = answers.filter(isRefused)
  for (const answer of refused) t.equal(verdict(answer), '429 throttled trop-de-requetes')
  t.ok(answers.length > 1_000)
  t.equal(await app.traces(), answers.length - refused.length)
  t.equal((await app.as(gp).get('/Patient/x')).status, 404, 'who has a token is not touched by it')
})

t.test('connections that say nothing, or half of something, are few and do not last', async (t) => {
  await using app = await testApp({
    DMP_ADMIN_PORT: '0',
    DMP_MAX_CONNECTIONS: '80',
    DMP_REQUEST_TIMEOUT_MS: '1000',
  })
  const silent = Array.from({ length: 10 }, () => bare(app))
  const half = Array.from({ length: 9 }, () => {
    const one = bare(app)
    one.socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')
    return one
  })
  const more = Array.from({ length: 10 }, () => bare(app))
  await until(async () => (await metric(app, 'dmp_shed_total', 'connections')) >= 9)
  await Promise.all([...silent, ...half, ...more].map(({ closed }) => closed))

  const root = app.base.replace(/\/fhir$/, '')
  t.equal((await app.withHeader().get(`${root}/livez`)).status, 200)
})

t.test('one connection is no queue: what is pipelined beyond a few is refused', async (t) => {
  await using app = await testApp({ DMP_ADMIN_PORT: '0' })
  await openTestRecord(app, matricule(1))
  const token = await app.token(administration)
  const held = await hold(app, 'audit')
  const one = bare(app)
  one.socket.write(
    `GET /fhir/Patient/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`.repeat(40),
  )
  await until(async () => (await metric(app, 'dmp_shed_total', 'pipelined')) === 24)
  t.equal(await metric(app, 'dmp_load', 'requests-in-work'), 16)
  await held.release()
  await until(() => one.received().split('HTTP/1.1 ').length === 41)
  t.equal(one.received().split('HTTP/1.1 429').length, 25)
  one.socket.destroy()

  const leaving = bare(app)
  const again = await hold(app, 'audit')
  leaving.socket.write(
    `GET /fhir/Patient/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`.repeat(10),
  )
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 10)
  leaving.socket.destroy()
  await leaving.closed
  await sleep(50)
  t.equal(
    await metric(app, 'dmp_load', 'requests-in-work'),
    10,
    'who leaves gives no place back before its work is done',
  )
  await again.release()
  await until(async () => (await metric(app, 'dmp_load', 'requests-in-work')) === 0)
})

t.test('clients that do not take what they asked for hold no place', async (t) => {
  await using app = await testApp({ DMP_ADMIN_PORT: '0', DMP_MAX_REQUESTS_AT_ONCE: '4' })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const pdf = Buffer.concat([
    Buffer.from('%PDF-1.4\n'),
    Buffer.alloc(6_000_000, 'x'),
    Buffer.from('\n%%EOF\n'),
  ])
  const { binaryId, documentId } = await record.push({ cda: pdf, contentType: 'application/pdf' })
  const token = await app.token(gp)
  const readers = Array.from({ length: 12 }, () => {
    const reader = bare(app)
    reader.socket.pause()
    reader.socket.write(
      `GET /fhir/Binary/${binaryId} HTTP/1.1\r\nhost: x\r\naccept: application/pdf\r\nauthorization: Bearer ${token}\r\n\r\n`,
    )
    return reader
  })
  await until(async () => (await metric(app, 'dmp_load', 'answers-leaving')) === 12)
  t.equal(await metric(app, 'dmp_load', 'requests-in-work'), 0)
  t.equal((await app.as(gp).get(`/DocumentReference/${documentId}`)).status, 200)
  for (const { socket } of readers) socket.destroy()
  await until(async () => (await metric(app, 'dmp_load', 'answers-leaving')) === 0)
})
