/**
 * Where notifications may go: listed hosts and public addresses alone, whatever a name leads to; TLS verified; no
 * redirect, no waiting for ever, no answer too large.
 */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { ConfigError } from '../../src/config/config.ts'
import { readSubscriptionHosts } from '../../src/config/subscriptions.ts'
import { allowedHosts } from '../../src/outbound/allowed-hosts.ts'
import { newSecret, signatureOf } from '../../src/outbound/notification-secret.ts'
import { sendNotification } from '../../src/outbound/send-notification.ts'
import { testCertificate } from '../support/certificates.ts'
import fc from '../support/draws.ts'

t.test('what is not listed is nowhere', async (t) => {
  const none = allowedHosts('', true)
  const some = allowedHosts(
    'Notify.example, edge.example:8443, 10.1.2.3:9000, [fd00::1]:443, 10.20.0.0/16',
    false,
  )
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['https://notify.example/x?y=z', undefined],
    ['https://NOTIFY.example:443', undefined],
    ['https://edge.example:8443/', undefined],
    ['https://10.1.2.3:9000/', undefined],
    ['https://[fd00::1]/', undefined],
    ['https://[FD00:0::1]/', undefined],
    ['https://edge.example/', 'not-listed'],
    ['https://sub.notify.example/', 'not-listed'],
    ['https://notify.example.evil.example/', 'not-listed'],
    ['https://10.20.0.1/', 'not-listed'],
    ['http://notify.example/', 'not-https'],
    ['http://127.0.0.1/', 'not-https'],
    ['https://a@notify.example/', 'malformed'],
    ['https://notify.example/#a', 'malformed'],
    ['//notify.example/', 'malformed'],
    [`https://notify.example/${'a'.repeat(2000)}`, 'malformed'],
  ]
  for (const [endpoint, fault] of cases) {
    t.equal(some.endpointFault(endpoint), fault, endpoint.slice(0, 60))
    t.ok(none.endpointFault(endpoint), 'and by default nowhere')
  }
  for (const list of [
    'notify.example/',
    'a b',
    '10.0.0.0/0',
    '10.0.0.0/33',
    'x:99999',
    'https://notify.example',
  ])
    t.throws(() => readSubscriptionHosts(list, true), ConfigError, list)
})

t.test('addresses: public ones, and what is listed', async (t) => {
  const hosts = allowedHosts('x.example, 10.20.0.0/16, 192.168.7.7', false)
  for (const address of ['10.20.3.4', '192.168.7.7', '8.8.8.8', '2a01:e0a::1'])
    t.ok(hosts.allowsAddress(address), address)
  const refused = [
    ...[
      '0.0.0.0',
      '10.21.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.31.255.255',
      '192.168.7.8',
    ],
    ...[
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      'fe80::1',
    ],
    ...['fd00::1', '64:ff9b::a00:1', '2002:a00:1::', '2001:db8::1', 'ff02::1', 'notify.example', ''],
  ]
  for (const address of refused) t.notOk(hosts.allowsAddress(address), address)
  let inside = 0
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const [a = 0, b = 0] = address.split('.').map(Number)
      const isPrivate = a === 10 || a === 127 || a === 0 || a >= 224 || (a === 172 && b >= 16 && b < 32)
      if (isPrivate) inside++
      const listed = a === 10 && b === 20
      return !isPrivate || hosts.allowsAddress(address) === listed
    }),
    { numRuns: 2000 },
  )
  t.ok(inside > 50, 'not vacuous')
})

type Listening = AsyncDisposable & { readonly port: number }

async function listen(
  answer: RequestListener,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Listening> {
  const server = tls ? createSecureServer(tls, answer) : createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

t.test('one POST, and what came of it', async (t) => {
  const never = new AbortController().signal
  const outgoing = { headers: { 'X-Key': 'k' }, body: '{"é":1}', timeoutMs: 60_000, signal: never }
  const seen: string[] = []
  await using there = await listen((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers['x-key']} ${request.headers['content-length']}`,
    )
    const status = Number(request.url?.slice(1))
    if (status === 0) return
    response.writeHead(status, { location: '/200', 'retry-after': '7' })
    // An answer without an end is not waited for.
    if (status === 204) response.end()
    else response.write('x'.repeat(100_000))
  })
  const hosts = allowedHosts(`127.0.0.1:${there.port}, localhost:${there.port}`, true)
  const to = (path: string, host = '127.0.0.1', timeoutMs = outgoing.timeoutMs) =>
    sendNotification(hosts, { ...outgoing, timeoutMs, endpoint: `http://${host}:${there.port}/${path}` })
  t.same(await to('200'), { outcome: 'received' })
  t.same(await to('204'), { outcome: 'received' })
  t.same(await to('302'), { outcome: 'failed', reason: 'http-302', retryAfterSeconds: 7 })
  t.same(await to('503'), { outcome: 'failed', reason: 'http-503', retryAfterSeconds: 7 })
  t.same(await to('410'), { outcome: 'gone' })
  t.same(await to('0', '127.0.0.1', 300), { outcome: 'failed', reason: 'timeout' })
  t.same(seen.slice(0, 3), ['POST /200 k 8', 'POST /204 k 8', 'POST /302 k 8'], 'no redirect is followed')
  t.same(await to('200', 'localhost'), { outcome: 'received' }, 'a listed name with a listed address')
  const stopping = AbortSignal.timeout(100)
  t.same(
    await sendNotification(hosts, {
      ...outgoing,
      signal: stopping,
      endpoint: `http://127.0.0.1:${there.port}/0`,
    }),
    { outcome: 'interrupted' },
  )
  const byName = allowedHosts(`localhost:${there.port}`, true)
  const count = seen.length
  t.same(
    await sendNotification(byName, { ...outgoing, endpoint: `http://localhost:${there.port}/200` }),
    { outcome: 'failed', reason: 'address-not-allowed' },
    'a listed name that leads to an address that is not',
  )
  t.equal(seen.length, count, 'and nothing is sent')
  const unlisted = await sendNotification(allowedHosts('', true), {
    ...outgoing,
    endpoint: 'https://x.example/',
  })
  t.same(unlisted, { outcome: 'failed', reason: 'not-listed' }, 'a list that became shorter')
  const nobody = await sendNotification(allowedHosts('127.0.0.1:1', true), {
    ...outgoing,
    endpoint: 'http://127.0.0.1:1/',
  })
  t.same(nobody, { outcome: 'failed', reason: 'ECONNREFUSED' })
})

t.test('TLS is verified', async (t) => {
  const { keyPem, pem } = testCertificate('localhost')
  const asked: string[] = []
  await using there = await listen(
    (request, response) => {
      asked.push(request.url ?? '')
      response.end()
    },
    { key: keyPem, cert: pem },
  )
  const hosts = allowedHosts(`localhost:${there.port}, 127.0.0.1:${there.port}`, true)
  const sent = await sendNotification(hosts, {
    endpoint: `https://localhost:${there.port}/`,
    headers: {},
    body: '{}',
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  })
  t.match(sent, { outcome: 'failed', reason: /CERT|SIGNED/ })
  t.same(asked, [])
})

t.test('the signature is what the documentation says', async (t) => {
  const secret = newSecret()
  t.match(secret, /^[\w-]{43}$/)
  t.not(secret, newSecret())
  t.equal(
    signatureOf('s', 1_700_000_000, 'é'),
    't=1700000000,v1=ed3e2c89781adcbc03d2bb3e294c440d5ebe593b5bf82dcfc1219c528211da2d',
  )
})
