/**
 * Tokens of a real identity provider (oidc-provider), over real HTTP: what each refusal is answered, the edges of time,
 * rotation, hostile key sets, opaque tokens.
 */
import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { base64url, generateKeyPair, type JWTHeaderParameters, jwtVerify, SignJWT, UnsecuredJWT } from 'jose'
import t from 'tap'
import { readIssuers } from '../../src/config/issuers.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { introspector } from '../../src/http/authentication/introspection.ts'
import { issuerKeys, keyTimings } from '../../src/http/authentication/issuer-keys.ts'
import { IssuerUnreachable } from '../../src/http/authentication/issuer-unreachable.ts'
import { checkRegisteredClaims } from '../../src/http/authentication/registered-claims.ts'
import { usableKeys } from '../../src/http/authentication/usable-keys.ts'
import {
  type AuthenticatorConfig,
  createAuthenticator,
  type TrustedIssuer,
} from '../../src/http/authentication/verify-token.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp } from '../support/app.ts'
import { testCertificate } from '../support/certificates.ts'
import fc from '../support/draws.ts'
import { httpClient, type Received, verdict } from '../support/http-client.ts'
import { algorithms, type OidcIssuer, oidcIssuer } from '../support/oidc-issuer.ts'

const doctor: Persona = {
  actor: 'PS',
  authentication: 'DIRECTE',
  nationalId: '899700000005',
  profession: '10',
  speciality: 'SM26',
  structureId: '1750000001',
}
const invalid = '401 security jeton-invalide'
const dead = 'https://dead.test'

function authenticator(trusted: TrustedIssuer, audience: string, more: Partial<AuthenticatorConfig> = {}) {
  return createAuthenticator({
    issuers: [trusted],
    audience,
    requireCertificateBinding: false,
    allowTestIns: false,
    ...more,
  })
}

/** `status type code cause`, or what else came out. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'accepted'
  } catch (error) {
    if (!(error instanceof FhirError)) return String(error)
    const [issue] = error.issues
    return [error.status, issue.type, issue.error, issue.params?.cause].filter(Boolean).join(' ')
  }
}

/** A JWT whose algorithm and signature do not go together: no library signs one. */
function signed(header: object, claims: object, signature: (input: Buffer) => Buffer): string {
  const input = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.')
  return `${input}.${signature(Buffer.from(input)).toString('base64url')}`
}

t.test('the SMART configuration tells where the first issuer that says so gives tokens', async (t) => {
  const keys = { issuer: dead, jwksUri: 'http://127.0.0.1:1/jwks' }
  const tokenEndpoint = 'http://127.0.0.1:1/token'
  const authorizationEndpoint = 'http://127.0.0.1:1/authorize'
  const told = async (issuers: readonly object[]) => {
    await using app = await testApp({ DMP_ISSUERS: JSON.stringify(issuers) })
    const { status, text } = await app.withHeader().get('/.well-known/smart-configuration')
    t.equal(status, 200)
    return JSON.parse(text) as object
  }
  const named = { ...keys, issuer: 'https://other.test', tokenEndpoint }
  t.match(await told([keys, named]), {
    issuer: 'https://other.test',
    token_endpoint: tokenEndpoint,
    grant_types_supported: ['client_credentials'],
  })
  const withLogin = await told([{ ...named, authorizationEndpoint }])
  t.match(withLogin, {
    authorization_endpoint: authorizationEndpoint,
    grant_types_supported: ['authorization_code'],
  })
  t.notMatch(JSON.stringify(withLogin), 'jwks', 'what only this server asks is not told')
  const silent = await told([keys])
  t.match(silent, { issuer: dead })
  t.notMatch(JSON.stringify(silent), 'grant_types_supported')
  for (const endpoints of [
    { authorizationEndpoint },
    { tokenEndpoint: 'token' },
    { tokenEndpoint, authorizationEndpoint: '' },
  ])
    t.throws(() => readIssuers(JSON.stringify([{ ...keys, ...endpoints }]), false), /DMP_ISSUERS/)
  t.throws(
    () => readIssuers(JSON.stringify([{ ...keys, jwksUri: 'https://x.test', tokenEndpoint }]), true),
    /DMP_ISSUERS/,
  )
})

t.test('every refusal: its status, its code, its challenge; and nothing of a token in a log', async (t) => {
  await using issuer = await oidcIssuer()
  await using opaque = await oidcIssuer({ format: 'opaque' })
  await using app = await testApp({
    DMP_AUDIENCE: issuer.audience,
    DMP_ISSUERS: JSON.stringify([
      { issuer: issuer.issuer, jwksUri: issuer.jwksUri },
      { issuer: opaque.issuer, introspection: opaque.introspection },
      { issuer: dead, jwksUri: 'http://127.0.0.1:1/jwks' },
    ]),
  })
  const sent: string[] = []
  const ask = (token: string | undefined, scheme = 'Bearer '): Promise<Received> => {
    if (token !== undefined) sent.push(token)
    const header = token === undefined ? undefined : `${scheme}${token}`
    return httpClient(app.base, async () => header).get(
      '/Patient?identifier=urn:oid:1.2.250.1.213.1.4.8%7C279035121518989',
    )
  }
  const seconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer.issuer,
    aud: issuer.audience,
    iat: seconds,
    exp: seconds + 300,
    sub: 's',
    client_id: 'c',
    jti: 'j',
  }
  const kidOf = (alg: (typeof algorithms)[number]) => issuer.publicKey(alg).kid ?? ''
  const header: JWTHeaderParameters = { alg: 'ES256', typ: 'at+jwt', kid: kidOf('ES256') }
  const rsa = issuer.publicKey('RS256')
  const publicBytes = new TextEncoder().encode(JSON.stringify(rsa))
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const certificate = testCertificate('a client')
  const revoked = await opaque.token(doctor)
  opaque.revoke(revoked)
  const none = 'Bearer realm="dmp"'
  const bad = 'Bearer realm="dmp", error="invalid_token"'
  const shown = `401 security jeton-invalide`

  const cases: readonly (readonly [
    name: string,
    token: string | undefined,
    expected: string,
    challenge: string,
  ])[] = [
    ['a good token', await issuer.token(doctor), '200', ''],
    ...(await Promise.all(
      algorithms.map(async (alg) => [alg, await issuer.token(doctor, { alg }), '200', ''] as const),
    )),
    ['an opaque token', await opaque.token(doctor), '200', ''],
    ['no token', undefined, '401 login jeton-absent', none],
    ['no token of anybody', 'opaque', shown, bad],
    ['an opaque token that was revoked', revoked, shown, bad],
    ['two tokens', `${await issuer.token(doctor)} x`, shown, bad],
    ['too long', `${'a'.repeat(13_000)}.b.c`, shown, bad],
    ['another issuer', await issuer.forge(doctor, { iss: 'https://elsewhere.test' }), shown, bad],
    ['another audience', await issuer.forge(doctor, { aud: 'https://elsewhere.test' }), shown, bad],
    ['a key of nobody', await issuer.forge(doctor, {}, { kid: 'nobody' }), shown, bad],
    [
      'another key under the name of this one',
      await new SignJWT(claims).setProtectedHeader(header).sign((await generateKeyPair('ES256')).privateKey),
      shown,
      bad,
    ],
    ['no signature', new UnsecuredJWT(claims).encode(), shown, bad],
    [
      'HMAC with the public key as its secret',
      await new SignJWT(claims)
        .setProtectedHeader({ ...header, alg: 'HS256', kid: kidOf('RS256') })
        .sign(publicBytes),
      shown,
      bad,
    ],
    [
      'the wrong curve',
      signed(header, claims, (input) => signBytes('sha256', input, { key: p384, dsaEncoding: 'ieee-p1363' })),
      shown,
      bad,
    ],
    ['an algorithm for another key', await issuer.forge(doctor, {}, { kid: kidOf('RS256') }), shown, bad],
    ['an id token', await issuer.forge(doctor, {}, { typ: 'JWT' }), shown, bad],
    [
      'expired',
      await issuer.forge(doctor, { iat: seconds - 900, exp: seconds - 600 }),
      '401 expired jeton-expire',
      bad,
    ],
    ['not yet', await issuer.forge(doctor, { nbf: seconds + 600 }), shown, bad],
    ['from the future', await issuer.forge(doctor, { iat: seconds + 600, exp: seconds + 900 }), shown, bad],
    [
      'bound to a certificate, shown without it',
      await issuer.token(doctor, { certificate }),
      '401 security certificat-non-lie',
      bad,
    ],
    [
      'bound to another kind of key',
      await issuer.forge(doctor, { cnf: { jkt: certificate.thumbprint } }),
      shown,
      bad,
    ],
    [
      'a scope of something else',
      await issuer.token(doctor, { scope: 'user/DocumentReference.rs' }),
      '403 forbidden portee-insuffisante',
      'Bearer realm="dmp", error="insufficient_scope", scope="user/Patient.s"',
    ],
    [
      'an issuer whose keys cannot be had',
      await issuer.forge(doctor, { iss: dead }),
      '503 transient indisponible',
      '',
    ],
  ]
  for (const [name, token, expected, challenge] of cases) {
    const answer = await ask(token)
    t.equal(verdict(answer), expected, name)
    t.equal(answer.headers['www-authenticate'] ?? '', challenge, `${name}: its challenge`)
    t.equal(answer.headers['retry-after'], expected.startsWith('503') ? '2' : undefined)
  }
  t.equal(
    verdict(await ask(await issuer.token(doctor), 'Basic ')),
    '401 login jeton-absent',
    'another scheme',
  )

  const inEnglish = await httpClient(app.base, async () => undefined).get('/Patient', {
    'accept-language': 'en',
  })
  t.match(inEnglish.text, /needs an access token/)
  t.match((await ask(undefined)).text, /demande un jeton/)

  opaque.interfere = (_, response) => void response.writeHead(500).end()
  const unknown = await ask(await opaque.token(doctor))
  t.equal(verdict(unknown), '503 transient indisponible', 'nobody can tell what an opaque token is')
  t.equal(unknown.headers['retry-after'], '2')

  const log = app.log()
  t.ok(log.length > 100, 'something was logged')
  const parts = sent.flatMap((token) => token.split('.')).filter((part) => part.length > 20)
  t.ok(parts.length > 40)
  t.same(
    parts.filter((part) => log.includes(part)),
    [],
    'no part of a token',
  )
  t.notMatch(log, /279035121518989|899700000005/)
})

t.test('the edges of time: 60 seconds of skew, for each claim and either kind of token', async (t) => {
  await using issuer = await oidcIssuer()
  const authenticate = authenticator({ issuer: issuer.issuer, jwksUri: issuer.jwksUri }, issuer.audience)
  const base = Math.floor(Date.now() / 1000)
  const met = { accepted: 0, expired: 0, nbf: 0, iat: 0 }
  const edge = fc.integer({ min: -63, max: 63 })
  await fc.assert(
    fc.asyncProperty(edge, edge, edge, fc.nat(999), async (exp, nbf, iat, milliseconds) => {
      const claims = { exp: base + exp, nbf: base + nbf, iat: base + iat }
      const token = await issuer.forge(doctor, claims)
      const now = base * 1000 + milliseconds
      const said = await refusalOf(authenticate(`Bearer ${token}`, undefined, now))
      const asked = await refusalOf(
        (async () =>
          checkRegisteredClaims({ iss: 'i', aud: 'a', ...claims }, { issuer: 'i', audience: 'a' }, now))(),
      )
      if (said !== asked) return false
      if (said === 'accepted') met.accepted++
      else if (said === '401 expired jeton-expire') met.expired++
      else met[said.endsWith('nbf') ? 'nbf' : 'iat']++
      return said === 'accepted'
        ? exp > -60 && nbf <= 60 && iat <= 60
        : said === '401 expired jeton-expire'
          ? exp <= -60
          : said === `${invalid} nbf`
            ? nbf > 60
            : said === `${invalid} iat` && iat > 60
    }),
    {
      numRuns: 400,
      examples: [
        [-60, 0, 0, 0],
        [-59, 60, 60, 999],
        [0, 61, 0, 0],
        [0, 0, 61, 0],
      ],
    },
  )
  t.ok(Math.min(...Object.values(met)) > 1, `not vacuous: ${JSON.stringify(met)}`)
})

t.test('the claims of an opaque token are held to what jose holds those of a JWT to', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const now = Date.parse('2026-11-22T10:00:00Z')
  const expected = { issuer: 'https://i.test', audience: 'https://a.test' }
  const near = fc.integer({ min: -62, max: 62 }).map((offset) => now / 1000 + offset)
  const claim = <T>(...usual: readonly fc.Arbitrary<T>[]) =>
    fc.oneof({ weight: 8, arbitrary: fc.oneof(...usual) }, fc.constantFrom(undefined, null, 'x', true))
  const met = { both: 0, neither: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        iss: claim(fc.constant(expected.issuer)),
        aud: claim<unknown>(
          fc.constantFrom(expected.audience, [expected.audience], ['x', expected.audience], ['x']),
        ),
        exp: claim(near, fc.constant(now / 1000 + 300)),
        nbf: claim(near, fc.constant(0)),
        iat: claim(near, fc.constant(now / 1000)),
      }),
      async (given) => {
        const claims = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
        const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
        const joses = await jwtVerify(token, publicKey, {
          ...expected,
          clockTolerance: 60,
          currentDate: new Date(now),
          requiredClaims: ['iss', 'aud', 'exp', 'iat'],
        }).then(
          ({ payload: { iat } }) => iat !== undefined && iat <= now / 1000 + 60,
          () => false,
        )
        const ours =
          (await refusalOf((async () => checkRegisteredClaims(claims, expected, now))())) === 'accepted'
        met[ours ? 'both' : 'neither']++
        return ours === joses
      },
    ),
    { numRuns: 600 },
  )
  t.ok(met.both > 50 && met.neither > 50, `not vacuous: ${JSON.stringify(met)}`)
})

t.test(
  'keys are changed while the server runs: one fetch, and a storm of unknown ones is a few',
  async (t) => {
    await using issuer = await oidcIssuer()
    const timings = { ...keyTimings, betweenFetchesMs: 150 }
    const keys = issuerKeys({ jwksUri: issuer.jwksUri }, timings)
    const verify = (token: string) => jwtVerify(token, keys, { typ: 'at+jwt' })
    await verify(await issuer.token(doctor))
    const old = await issuer.token(doctor)
    await issuer.rotate()
    t.equal(issuer.asked('/jwks'), 1)
    await new Promise((resolve) => setTimeout(resolve, 160))
    const fresh = await issuer.token(doctor)
    await Promise.all(Array.from({ length: 20 }, () => verify(fresh)))
    t.equal(issuer.asked('/jwks'), 2, 'the new key was fetched once for all')
    await t.rejects(verify(old), { code: 'ERR_JWKS_NO_MATCHING_KEY' }, 'and the old one is no more')

    const begin = performance.now()
    const before = issuer.asked('/jwks')
    let refused = 0
    for (let round = 0; round < 20; round++) {
      const storm = Array.from({ length: 25 }, (_, i) =>
        keys({ alg: 'ES256', kid: `invented-${round}-${i}` }, { payload: '', signature: '' }),
      )
      refused += (await Promise.allSettled(storm)).filter(({ status }) => status === 'rejected').length
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const windows = Math.ceil((performance.now() - begin) / timings.betweenFetchesMs) + 1
    t.equal(refused, 500)
    t.ok(
      issuer.asked('/jwks') - before <= windows,
      `${issuer.asked('/jwks') - before} fetches in ${windows} windows`,
    )
    t.ok(issuer.asked('/jwks') - before >= 1, 'an unknown key is asked for')
  },
)

t.test('a hostile key set is neither believed nor waited for nor held', async (t) => {
  await using issuer = await oidcIssuer()
  const good = issuer.publicKey('ES256')
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const weakJwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' }
  const token = { good: await issuer.token(doctor), weak: '', secret: '' }
  token.weak = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'weak' })
    .sign(weak.privateKey)
    .catch(() =>
      signed({ alg: 'RS256', kid: 'weak' }, {}, (input) => signBytes('sha256', input, weak.privateKey)),
    )
  token.secret = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', kid: 'secret' })
    .sign(new TextEncoder().encode('a secret of at least thirty-two bytes'))
  const secretJwk = {
    kty: 'oct',
    kid: 'secret',
    alg: 'HS256',
    k: base64url.encode('a secret of at least thirty-two bytes'),
  }
  const json = (value: unknown) => (_: IncomingMessage, response: ServerResponse) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
  let written = 0
  const endless = (_: IncomingMessage, response: ServerResponse): void => {
    const block = Buffer.alloc(65_536, 0x20)
    const more = (): void => {
      while (!response.destroyed && written < 64 * 1024 * 1024) {
        written += block.length
        if (!response.write(block)) return void response.once('drain', more)
      }
    }
    more()
  }
  const elsewhere = { asked: 0 }
  const cases: readonly (readonly [string, OidcIssuer['interfere'], keyof typeof token, RegExp])[] = [
    ['endless', endless, 'good', /IssuerUnreachable/],
    [
      'slow, a byte at a time',
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(drip))
      },
      'good',
      /IssuerUnreachable/,
    ],
    ['silent', () => undefined, 'good', /IssuerUnreachable/],
    [
      'elsewhere',
      (request, response) => {
        if (request.url === '/jwks') return void response.writeHead(302, { location: '/other' }).end()
        elsewhere.asked++
        json({ keys: [good] })(request, response)
      },
      'good',
      /IssuerUnreachable/,
    ],
    ['no JSON', (_, response) => void response.end('<html>'), 'good', /IssuerUnreachable/],
    ['no set', json([good]), 'good', /IssuerUnreachable/],
    [
      '10 000 keys',
      json({ keys: Array.from({ length: 10_000 }, () => ({ kty: 'EC' })) }),
      'good',
      /IssuerUnreachable/,
    ],
    ['a point that lies on no curve', json({ keys: [{ ...good, y: good.x }] }), 'good', /IssuerUnreachable/],
    [
      'an error with keys in it',
      (_, response) => void response.writeHead(500).end(JSON.stringify({ keys: [good] })),
      'good',
      /IssuerUnreachable/,
    ],
    ['no key', json({ keys: [] }), 'good', /JWKSNoMatchingKey/],
    ['a symmetric key', json({ keys: [secretJwk] }), 'secret', /alg|JOSE/],
    ['a weak key', json({ keys: [weakJwk] }), 'weak', /JWKSNoMatchingKey/],
  ]
  const endsNever = new Set(['slow, a byte at a time', 'silent'])
  for (const [name, interfere, which, expected] of cases) {
    issuer.interfere = interfere
    // What never ends is cut off; what does has time on a busy machine.
    const timeoutMs = endsNever.has(name) ? 300 : 60_000
    const keys = issuerKeys({ jwksUri: issuer.jwksUri }, { ...keyTimings, timeoutMs })
    const said = await jwtVerify(token[which], keys, { algorithms: ['ES256', 'RS256'] }).then(
      () => 'accepted',
      (error: unknown) =>
        error instanceof Error ? `${error.constructor.name} ${error.name} ${error.message}` : 'x',
    )
    t.match(said, expected, name)
  }
  t.ok(written > 0 && written < 16 * 1024 * 1024, `no more was taken than lies in buffers: ${written} bytes`)
  t.equal(elsewhere.asked, 0, 'a redirect is not followed')
  issuer.interfere = undefined
  const keys = issuerKeys({ jwksUri: issuer.jwksUri })
  await jwtVerify(token.good, keys)
  t.pass('the same token is good when the issuer is itself')

  t.strictSame(
    usableKeys(
      JSON.stringify({ keys: [secretJwk, weakJwk, { ...good, use: 'enc' }, { ...good, d: 'x' }, 1] }),
    ),
    {
      keys: [],
    },
  )
  t.strictSame(usableKeys(JSON.stringify({ keys: [{ ...good, x5u: 'https://elsewhere.test' }] })), {
    keys: [good],
  })
})

t.test('opaque tokens: the issuer is asked once a minute, and each of its claims is checked', async (t) => {
  await using issuer = await oidcIssuer({ format: 'opaque' })
  const trusted = { issuer: issuer.issuer, introspection: issuer.introspection }
  const authenticate = authenticator(trusted, issuer.audience)
  const path = '/token/introspection'
  const certificate = testCertificate('a client')
  const token = await issuer.token(doctor, { certificate, scope: 'user/DocumentReference.rs' })
  t.notMatch(token, /\./)
  const now = Date.now()
  const caller = await authenticate(`Bearer ${token}`, certificate.der, now)
  t.match(caller, { practitionerId: '899700000005', client: 'bound', tokenId: /^sha256:/ })
  t.notMatch(caller.tokenId, token)
  t.strictSame(caller.scopes, [{ level: 'user', resourceType: 'DocumentReference', interactions: 'rs' }])
  await authenticate(`Bearer ${token}`, certificate.der, now + 59_000)
  t.equal(issuer.asked(path), 1, 'remembered')
  t.equal(
    await refusalOf(authenticate(`Bearer ${token}`, testCertificate('another').der, now + 1_000)),
    '401 security certificat-non-lie',
  )
  issuer.revoke(token)
  t.equal(
    await refusalOf(authenticate(`Bearer ${token}`, certificate.der, now + 59_999)),
    'accepted',
    'for a minute',
  )
  t.equal(
    await refusalOf(authenticate(`Bearer ${token}`, certificate.der, now + 60_000)),
    `${invalid} active`,
  )
  t.equal(
    await refusalOf(authenticate(`Bearer ${token}`, certificate.der, now)),
    `${invalid} active`,
    'and gone',
  )

  t.equal(
    await refusalOf(
      authenticator(
        { ...trusted, introspection: { ...issuer.introspection, clientSecret: 'x' } },
        issuer.audience,
      )(`Bearer ${await issuer.token(doctor)}`, undefined, now),
    ),
    '503 transient indisponible',
    'that the issuer does not know us is not the fault of the caller',
  )

  const seconds = Math.floor(now / 1000)
  const active = {
    active: true,
    iss: issuer.issuer,
    aud: issuer.audience,
    iat: seconds,
    exp: seconds + 300,
    sub: 's',
    client_id: 'c',
    dmp: { acteur: 'AUDITEUR', authentification: 'DIRECTE' },
  }
  const answers: readonly (readonly [string, unknown, string])[] = [
    ['as it should be', active, 'accepted'],
    ['a type of any case', { ...active, token_type: 'bearer' }, 'accepted'],
    ['another issuer', { ...active, iss: 'https://elsewhere.test' }, `${invalid} iss`],
    ['another audience', { ...active, aud: ['https://elsewhere.test'] }, `${invalid} aud`],
    ['expired', { ...active, exp: seconds - 61 }, '401 expired jeton-expire'],
    ['no expiry', { ...active, exp: undefined }, `${invalid} exp`],
    ['no subject', { ...active, sub: undefined }, `${invalid} sub`],
    ['no client', { ...active, client_id: undefined }, `${invalid} client_id`],
    ['nobody of the DMP', { ...active, dmp: undefined }, `${invalid} dmp`],
    ['scopes in a list', { ...active, scope: ['user/*.r'] }, `${invalid} scope`],
    ['for a DPoP key', { ...active, token_type: 'DPoP' }, `${invalid} token_type`],
    ['bound to a DPoP key', { ...active, cnf: { jkt: certificate.thumbprint } }, `${invalid} cnf`],
    [
      'bound to another certificate',
      { ...active, cnf: { 'x5t#S256': certificate.thumbprint } },
      '401 security certificat-non-lie',
    ],
    ['not active', { ...active, active: false }, `${invalid} active`],
    ['perhaps active', { ...active, active: 'true' }, '503 transient indisponible'],
    ['a list', [active], '503 transient indisponible'],
    ['nothing', null, '503 transient indisponible'],
    ['too much', { ...active, more: 'x'.repeat(70_000) }, '503 transient indisponible'],
  ]
  for (const [name, answer, expected] of answers) {
    issuer.interfere = (_, response) => void response.end(JSON.stringify(answer))
    const said = await refusalOf(authenticator(trusted, issuer.audience)('Bearer t-0', undefined, now))
    t.equal(said, expected, name)
  }
  issuer.interfere = (_, response) => void response.writeHead(302, { location: '/other' }).end()
  t.equal(
    await refusalOf(authenticator(trusted, issuer.audience)('Bearer t-0', undefined, now)),
    '503 transient indisponible',
    'a token is not carried to where a redirect points',
  )
  t.equal(issuer.asked('/other'), 0)
})

t.test('an opaque token is shown to its issuer alone, and not in floods', async (t) => {
  await using issuer = await oidcIssuer({ format: 'opaque' })
  await using other = await oidcIssuer()
  const trusted = { issuer: issuer.issuer, introspection: issuer.introspection }
  const authenticate = authenticator(trusted, issuer.audience)
  const path = '/token/introspection'
  t.equal(
    await refusalOf(authenticate(`Bearer ${await other.token(doctor)}`, undefined, Date.now())),
    `${invalid} iss`,
    'the JWT of another issuer',
  )
  t.equal(issuer.asked(path), 0, 'was not shown')
  t.throws(() => authenticator(trusted, issuer.audience, { issuers: [trusted, { ...trusted, issuer: 'x' }] }))

  let waiting = 0
  let most = 0
  issuer.interfere = (_, response) => {
    most = Math.max(most, ++waiting)
    setTimeout(() => {
      waiting--
      response.end('{"active":false}')
    }, 50)
  }
  const introspect = introspector(issuer.introspection, {
    timeoutMs: 60_000,
    afterFailureMs: 60_000,
    atOnce: 8,
  })
  const flood = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => introspect(`t-${i}`)))
  const reasons = flood.map((each) => (each.status === 'rejected' ? each.reason : undefined))
  t.equal(reasons.filter((reason) => reason instanceof IssuerUnreachable).length, 92)
  t.equal(reasons.filter((reason) => reason instanceof FhirError && reason.status === 401).length, 8)
  t.equal(most, 8)
  const sofar = issuer.asked(path)
  const same = await Promise.allSettled(Array.from({ length: 100 }, () => introspect('one token')))
  t.ok(same.every((each) => each.status === 'rejected' && each.reason instanceof FhirError))
  t.equal(issuer.asked(path) - sofar, 1, 'one token is asked about once by all who show it')

  issuer.interfere = () => undefined
  const impatient = introspector(issuer.introspection, { timeoutMs: 100, afterFailureMs: 60_000, atOnce: 8 })
  const before = issuer.asked(path)
  await t.rejects(impatient('t'), IssuerUnreachable)
  await t.rejects(impatient('t'), IssuerUnreachable)
  t.equal(issuer.asked(path) - before, 1, 'a dead issuer is not asked again at once')
  issuer.interfere = (_, response) => void response.writeHead(500).end()
  const hopeful = introspector(issuer.introspection, { timeoutMs: 60_000, afterFailureMs: 200, atOnce: 8 })
  await t.rejects(hopeful('t'), IssuerUnreachable)
  issuer.interfere = undefined
  await new Promise((resolve) => setTimeout(resolve, 210))
  await t.rejects(hopeful('t'), FhirError, 'and is asked when it may be alive')
})
