/**
 * Client certificates over real sockets: TLS of the server itself, a proxy that says what it verified, tokens of a real
 * identity provider bound to them (RFC 8705), and certificates renewed without a restart.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { type Agent, Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { readTls } from '../../src/config/tls.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { forwardedCertificate } from '../../src/http/forwarded-certificate.ts'
import { isOneOf } from '../../src/http/trusted-proxy.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { certificateWatch, renewCertificates } from '../../src/wiring/renew-certificates.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type TestCertificate, testCertificate } from '../support/certificates.ts'
import { verdict } from '../support/http-client.ts'
import { type OidcIssuer, oidcIssuer } from '../support/oidc-issuer.ts'

const doctor: Persona = {
  actor: 'PS',
  authentication: 'DIRECTE',
  nationalId: '899700000005',
  profession: '10',
  structureId: '1750000001',
}
const authority = testCertificate('authority of the tests')
const mine = testCertificate('client', authority)
const another = testCertificate('another client', authority)
const selfSigned = testCertificate('nobody knows me')
const notLinked = '401 security certificat-non-lie'

type Headers = Readonly<Record<string, string | readonly string[]>>

type Way = {
  readonly certificate?: TestCertificate
  readonly headers?: Headers
  readonly agent?: Agent
  readonly url?: string
}

/** One request with a token, on a connection of its own unless an agent is given. */
function ask(app: TestApp, token: string | undefined, way: Way = {}): Promise<string> {
  const url = `${way.url ?? app.base}/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8%7C279035121518989`
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(way.headers as Record<string, string | string[]> | undefined),
  }
  const identity = way.certificate ? { key: way.certificate.keyPem, cert: way.certificate.pem } : {}
  return new Promise((resolve, reject) => {
    const sent = url.startsWith('https:')
      ? tlsRequest(url, { headers, agent: way.agent ?? false, ca: authority.pem, ...identity })
      : plainRequest(url, { headers, agent: false })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve(verdict({ status: response.statusCode ?? 0, headers: {}, bytes, text: bytes.toString() }))
      })
    })
    sent.end()
  })
}

type Files = Disposable & { readonly directory: string; write(name: string, text: string): string }

function temporaryFiles(): Files {
  const directory = mkdtempSync(join(tmpdir(), 'dmp-tls-'))
  return {
    directory,
    write(name, text) {
      writeFileSync(join(directory, name), text)
      return join(directory, name)
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const issuers = ({ issuer, jwksUri, audience }: OidcIssuer) => ({
  DMP_ISSUERS: JSON.stringify([{ issuer, jwksUri }]),
  DMP_AUDIENCE: audience,
})

function tlsFiles(files: Files, certificate: TestCertificate): Record<string, string> {
  return {
    DMP_TLS_KEY: files.write('key.pem', certificate.keyPem),
    DMP_TLS_CERT: files.write('cert.pem', certificate.pem),
  }
}

t.test('the server speaks TLS itself: a token is good with its certificate, and with no other', async (t) => {
  using files = temporaryFiles()
  await using issuer = await oidcIssuer()
  const server = testCertificate('dmp.test', authority)
  const tls = tlsFiles(files, server)
  await using app = await testApp({ ...issuers(issuer), ...tls })
  const bound = await issuer.token(doctor, { certificate: mine })
  t.equal(await ask(app, bound, { certificate: mine }), '200')
  t.equal(await ask(app, bound, { certificate: another }), notLinked, 'a stolen token')
  t.equal(await ask(app, bound), notLinked, 'without any')
  t.equal(await ask(app, bound, { certificate: mine }), '200', 'nor is a refusal remembered')
  t.equal(
    await ask(app, await issuer.token(doctor), { certificate: mine }),
    '401 security jeton-invalide',
    'unbound',
  )
  t.equal(
    await ask(app, undefined, { certificate: mine }),
    '401 login jeton-absent',
    'a certificate is no token',
  )
  const alone = await issuer.token(doctor, { certificate: selfSigned })
  t.equal(
    await ask(app, alone, { certificate: selfSigned }),
    '200',
    'its own authority (RFC 8705, section 2.2)',
  )
  const claimed = { 'client-cert': `:${mine.der.toString('base64')}:` }
  t.equal(
    await ask(app, bound, { certificate: another, headers: claimed }),
    notLinked,
    'a header is no certificate',
  )

  const agent = new TlsAgent({ keepAlive: true, maxSockets: 1 })
  t.equal(await ask(app, bound, { certificate: mine, agent }), '200')
  t.equal(
    await ask(app, alone, { certificate: mine, agent }),
    notLinked,
    'another token on the same connection',
  )
  agent.destroy()

  const { hostname, port } = new URL(app.base)
  const handshake = (options: { maxVersion?: SecureVersion; minVersion?: SecureVersion; session?: Buffer }) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({
        host: hostname,
        port: Number(port),
        ca: authority.pem,
        key: mine.keyPem,
        cert: mine.pem,
        ciphers: 'DEFAULT@SECLEVEL=0',
        ...options,
      })
      socket.once('error', reject).once('secureConnect', () => resolve(socket))
    })
  await t.rejects(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }), 'older than TLS 1.2')
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await handshake({ maxVersion: version, minVersion: version })
    t.equal(socket.getProtocol(), version)
    socket.destroy()
  }

  const first = await handshake({ maxVersion: 'TLSv1.2' })
  const session = first.getSession()
  first.destroy()
  if (!session) throw new Error('no session')
  const resumed = await handshake({ maxVersion: 'TLSv1.2', session })
  t.ok(resumed.isSessionReused(), 'a session is taken up again')
  resumed.write(
    `GET /fhir/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8%7C279035121518989 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bound}\r\nConnection: close\r\n\r\n`,
  )
  let answer = ''
  for await (const chunk of resumed) answer += chunk
  t.match(answer, /^HTTP\/1\.1 200 /, 'and its certificate with it')

  const renewed = testCertificate('dmp.test renewed', authority)
  const shown = async (): Promise<string> => {
    const socket = await handshake({})
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return String(CN)
  }
  t.equal(await shown(), 'dmp.test')
  tlsFiles(files, renewed)
  t.equal(renewCertificates(app, tls), 'certificates read again')
  t.equal(await shown(), 'dmp.test renewed', 'without a restart')
  t.equal(await ask(app, bound, { certificate: mine }), '200')
  files.write('key.pem', mine.keyPem)
  t.match(renewCertificates(app, tls), /the old ones stay: DMP_TLS_KEY/)
  t.equal(await shown(), 'dmp.test renewed', 'what cannot be used changes nothing')

  // Nobody sends a signal: the files are looked at.
  const asStarted = tlsFiles(files, renewed)
  const started = readTls(asStarted)
  if (!started) throw new Error('no TLS')
  const look = certificateWatch(app, asStarted, started)
  t.equal(look(), undefined, 'as they were')
  const latest = testCertificate('dmp.test latest', authority)
  files.write('key.pem', latest.keyPem)
  t.match(look(), /the old ones stay: DMP_TLS_KEY/, 'half of them is there')
  t.equal(await shown(), 'dmp.test renewed')
  tlsFiles(files, latest)
  t.equal(look(), 'certificates read again')
  t.equal(await shown(), 'dmp.test latest')
  t.equal(look(), undefined, 'once')
})

t.test('an authority for clients is held to: who it did not sign is nobody', async (t) => {
  using files = temporaryFiles()
  await using issuer = await oidcIssuer()
  const tls = tlsFiles(files, testCertificate('dmp.test', authority))
  const ca = { DMP_TLS_CLIENT_CA: files.write('ca.pem', authority.pem) }
  await using app = await testApp({ ...issuers(issuer), ...tls, ...ca })
  t.equal(await ask(app, await issuer.token(doctor, { certificate: mine }), { certificate: mine }), '200')
  const alone = await issuer.token(doctor, { certificate: selfSigned })
  // Each request has its connection, and takes up the session of the last one.
  const agent = new TlsAgent()
  for (const when of ['at first', 'with its session taken up again']) {
    t.equal(await ask(app, alone, { certificate: selfSigned, agent }), notLinked, when)
    const bound = await issuer.token(doctor, { certificate: mine })
    t.equal(await ask(app, bound, { certificate: mine, agent }), '200', when)
  }
  const status = await new Promise((resolve, reject) => {
    const sent = tlsRequest(`${app.base}/metadata`, { ca: authority.pem, agent: false })
    sent.once('error', reject).once('response', (response) => resolve(response.resume().statusCode))
    sent.end()
  })
  t.equal(status, 200, 'what is public asks for none')
})

t.test('behind a proxy: its header is believed, from its address, once', async (t) => {
  await using issuer = await oidcIssuer()
  const bound = await issuer.token(doctor, { certificate: mine })
  const escaped = encodeURIComponent(mine.pem)
  const header = 'x-ssl-client-cert'
  {
    await using app = await testApp({
      ...issuers(issuer),
      DMP_TRUSTED_PROXY: '10.9.8.7, 127.0.0.0/8',
      DMP_CLIENT_CERT_HEADER: 'X-SSL-Client-Cert',
    })
    const by = (headers: Headers) => ask(app, bound, { headers })
    t.equal(await by({ [header]: escaped }), '200')
    t.equal(await by({ [header]: encodeURIComponent(another.pem) }), notLinked, 'a stolen token')
    t.equal(await by({}), notLinked, 'a client without a certificate')
    t.equal(await by({ [header]: '' }), notLinked)
    t.equal(await by({ [header]: [escaped, escaped] }), notLinked, 'two headers, even of the same')
    t.equal(await by({ [header]: [encodeURIComponent(another.pem), escaped] }), notLinked)
    t.equal(await by({ [header]: encodeURIComponent(mine.pem + another.pem) }), notLinked, 'two in one')
    t.equal(await by({ [header]: mine.thumbprint }), notLinked, 'a thumbprint is none')
    t.equal(await by({ [header]: '%E0%A4' }), notLinked)
    t.equal(await by({ 'client-cert': `:${mine.der.toString('base64')}:` }), notLinked, 'under another name')
    const traced = await app.query<{ network: string }>('select distinct network from audit')
    t.same(traced, [{ network: '127.0.0.1' }])
    await by({ [header]: escaped, 'x-forwarded-for': '192.0.2.7, 203.0.113.9' })
    t.same(
      (
        await app.query<{ network: string }>(
          `select distinct network from audit where network <> '127.0.0.1'`,
        )
      ).map(({ network }) => network),
      ['203.0.113.9'],
      'traces name the client, as the last proxy saw it, and not what the client said of itself',
    )
  }
  await using app = await testApp({
    ...issuers(issuer),
    DMP_TRUSTED_PROXY: '10.9.8.7',
    DMP_CLIENT_CERT_HEADER: 'Client-Cert',
  })
  const claimed = { 'client-cert': `:${mine.der.toString('base64')}:`, 'x-forwarded-for': '192.0.2.7' }
  t.equal(await ask(app, bound, { headers: claimed }), notLinked, 'from anybody else it is nothing')
  t.same(await app.query('select distinct network from audit'), [{ network: '127.0.0.1' }])
})

t.test('the forms of the header, and the addresses', async (t) => {
  const refused = (name: string, values: readonly string[]) => {
    try {
      forwardedCertificate(name, values)
      return 'accepted'
    } catch (error) {
      return error instanceof FhirError ? `${error.status} ${error.issues[0].error}` : String(error)
    }
  }
  const base64 = mine.der.toString('base64')
  t.same(forwardedCertificate('client-cert', [`:${base64}:`]), mine.der)
  t.same(forwardedCertificate('x-client', [encodeURIComponent(mine.pem)]), mine.der)
  t.equal(forwardedCertificate('client-cert', undefined), undefined)
  t.equal(forwardedCertificate('client-cert', []), undefined)
  const bad: readonly (readonly [string, readonly string[]])[] = [
    ['client-cert', [base64]],
    ['client-cert', [`:${base64}:, :${base64}:`]],
    ['client-cert', [`:${base64.slice(0, 100)}:`]],
    ['client-cert', [':AAAA:']],
    ['client-cert', [encodeURIComponent(mine.pem)]],
    ['x-client', [`:${base64}:`]],
    ['x-client', [encodeURIComponent(mine.keyPem)]],
    ['x-client', [encodeURIComponent(mine.pem), '']],
  ]
  for (const [name, values] of bad)
    t.equal(refused(name, values), '401 certificat-non-lie', String(values).slice(0, 40))

  const isProxy = isOneOf(['10.9.8.7', '192.168.4.0/22', 'fd00::/8', '::1'])
  for (const address of [
    '10.9.8.7',
    '192.168.7.255',
    '::ffff:10.9.8.7',
    '::ffff:192.168.5.1',
    'fd12::1',
    '::1',
  ])
    t.equal(isProxy(address), true, address)
  for (const address of ['10.9.8.8', '192.168.8.0', '::ffff:10.9.8.8', 'fe80::1', '', 'proxy', undefined])
    t.equal(isProxy(address), false, String(address))
  t.throws(() => isOneOf(['proxy']))
})

t.test('settings that would let a token go unbound do not start', async (t) => {
  using files = temporaryFiles()
  const tls = tlsFiles(files, mine)
  const safe: Readonly<Record<string, string>> = {
    NODE_ENV: 'production',
    DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]',
    DMP_PUBLIC_URL: 'https://dmp.test',
    DMP_AUDIENCE: 'https://dmp.test/fhir',
    DATABASE_URL: 'postgres://dmp.test/dmp',
    DMP_MASTER_KEY: 'x'.repeat(32),
    DMP_SEAL_KEY: mine.keyPem,
  }
  const proxy = { DMP_TRUSTED_PROXY: '10.0.0.4', DMP_CLIENT_CERT_HEADER: 'Client-Cert' }
  const introspecting = (more: object) =>
    JSON.stringify([
      { issuer: 'https://i.test', introspection: { endpoint: 'https://i.test/i', clientId: 'dmp', ...more } },
    ])
  t.match(readConfig({ ...safe, ...tls, HOST: '0.0.0.0' }), { certificateBinding: true, proxy: undefined })
  t.match(readConfig({ ...safe, ...proxy }), {
    certificateBinding: true,
    proxy: { addresses: ['10.0.0.4'], certificateHeader: 'client-cert' },
  })
  t.match(readConfig({ ...safe, ...tls, ...proxy, HOST: '0.0.0.0' }), { certificateBinding: true })
  const secretFile = `file:${files.write('secret', 'the secret of the server\n')}`
  t.match(readConfig({ ...safe, ...tls, DMP_ISSUERS: introspecting({ clientSecret: secretFile }) }), {
    issuers: [{ introspection: { clientSecret: 'the secret of the server' } }],
  })
  const refused: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    [
      'neither TLS nor a proxy',
      {},
      /DMP_TLS_KEY and DMP_TLS_CERT are needed in production, or DMP_TRUSTED_PROXY/,
    ],
    ['a proxy over a network in the clear', { ...proxy, HOST: '0.0.0.0' }, /in the clear/],
    ['a proxy without its header', { DMP_TRUSTED_PROXY: '10.0.0.4' }, /go together/],
    ['a header without a proxy', { ...tls, DMP_CLIENT_CERT_HEADER: 'Client-Cert' }, /go together/],
    ['everybody a proxy', { ...proxy, DMP_TRUSTED_PROXY: '0.0.0.0/0' }, /DMP_TRUSTED_PROXY/],
    ['a proxy by its name', { ...proxy, DMP_TRUSTED_PROXY: 'proxy.test' }, /DMP_TRUSTED_PROXY/],
    ['a header that means something else', { ...proxy, DMP_CLIENT_CERT_HEADER: 'Authorization' }, /HEADER/],
    [
      'the key of another certificate',
      { ...tls, DMP_TLS_KEY: files.write('b.pem', another.keyPem) },
      /DMP_TLS_KEY/,
    ],
    ['no certificate', { ...tls, DMP_TLS_CERT: files.write('c.pem', 'x') }, /DMP_TLS_CERT/],
    [
      'a file that is not there',
      { ...tls, DMP_TLS_CERT: '/nowhere' },
      /DMP_TLS_CERT: the file cannot be read/,
    ],
    ['no authority', { ...tls, DMP_TLS_CLIENT_CA: files.write('d.pem', '') }, /DMP_TLS_CLIENT_CA/],
    [
      'keys over http',
      { ...tls, DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"http://i.test/jwks"}]' },
      /DMP_ISSUERS/,
    ],
    ['an issuer that says neither', { ...tls, DMP_ISSUERS: '[{"issuer":"https://i.test"}]' }, /DMP_ISSUERS/],
    [
      'a setting that is not known',
      {
        ...tls,
        DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks","introspecton":{}}]',
      },
      /DMP_ISSUERS/,
    ],
    ['introspection without a secret', { ...tls, DMP_ISSUERS: introspecting({}) }, /DMP_ISSUERS/],
    [
      'introspection with an empty one',
      { ...tls, DMP_ISSUERS: introspecting({ clientSecret: `file:${files.write('empty', '\n')}` }) },
      /clientSecret is empty/,
    ],
    [
      'two issuers of opaque tokens',
      {
        ...tls,
        DMP_ISSUERS: JSON.stringify(
          ['a', 'b'].map((name) => ({
            issuer: `https://${name}.test`,
            introspection: { endpoint: 'https://i.test/i', clientId: 'x', clientSecret: 'secret-of-nobody' },
          })),
        ),
      },
      /only one issuer/,
    ],
  ]
  for (const [name, settings, message] of refused) {
    t.throws(() => readConfig({ ...safe, ...settings }), { name: 'ConfigError', message }, name)
    t.doesNotThrow(() => {
      try {
        readConfig({ ...safe, ...settings })
      } catch (error) {
        if (String(error).includes('secret-of-nobody')) throw error
      }
    }, `${name}: no secret is repeated`)
  }
  t.equal(readTls({}), undefined)
})
