/** Tokens → callers over a real JWKS endpoint: what is accepted, each way of being refused, the cache, outages. */
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import t from 'tap'
import { FhirError, refusal } from '../../src/fhir/fhir-error.ts'
import { declaredAccess } from '../../src/http/authentication/access-mode.ts'
import { maxTokenLength } from '../../src/http/authentication/bearer-token.ts'
import { issuerKeys, keyTimings } from '../../src/http/authentication/issuer-keys.ts'
import { IssuerUnreachable } from '../../src/http/authentication/issuer-unreachable.ts'
import { allows, parseScopes } from '../../src/http/authentication/scopes.ts'
import { VerifiedTokens } from '../../src/http/authentication/verified-tokens.ts'
import { type AuthenticatorConfig, createAuthenticator } from '../../src/http/authentication/verify-token.ts'
import { accessModes } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import fc from '../support/draws.ts'
import { type TestIssuer, type TokenChanges, testIssuer } from '../support/token.ts'

const doctor: Persona = {
  actor: 'PS',
  authentication: 'DIRECTE',
  nationalId: '899700000005',
  profession: '10',
  speciality: 'SM26',
  structureId: '1750000001',
}
const patient: Persona = {
  actor: 'PATIENT',
  authentication: 'DIRECTE',
  ins: { system: 'urn:oid:1.2.250.1.213.1.4.8', value: '279035121518989' },
}
const certificate = Buffer.from('the DER text of a client certificate')
const thumbprint = createHash('sha256').update(certificate).digest('base64url')

function authenticator(issuer: TestIssuer, more: Partial<AuthenticatorConfig> = {}) {
  return createAuthenticator({
    issuers: [issuer.trusted],
    audience: issuer.audience,
    requireCertificateBinding: false,
    allowTestIns: false,
    ...more,
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
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

t.test('a good token gives the caller, the client, the scopes', async (t) => {
  await using issuer = await testIssuer()
  const authenticate = authenticator(issuer)
  const token = await issuer.token(doctor, {
    scope: 'user/DocumentReference.rs openid',
    claims: { jti: 'id-1' },
  })
  const { key, ...caller } = await authenticate(`Bearer ${token}`, undefined, Date.now())
  t.strictSame(caller, {
    actor: 'PS',
    authentication: 'DIRECTE',
    practitionerId: '899700000005',
    profession: '10',
    speciality: 'SM26',
    structureId: '1750000001',
    regulation: false,
    secretConnection: false,
    client: 'test-software',
    scopes: [{ level: 'user', resourceType: 'DocumentReference', interactions: 'rs' }],
    tokenId: 'id-1',
  })
  const again = await authenticate(`bearer ${await issuer.token(doctor)}`, undefined, Date.now())
  t.equal(again.key, key, 'the key outlives one token')
  const elsewhere = await issuer.token({ ...doctor, structureId: '1750000019' })
  t.not(
    (await authenticate(`Bearer ${elsewhere}`, undefined, Date.now())).key,
    key,
    'and tells qualities apart',
  )
  const holder = await authenticate(`Bearer ${await issuer.token(patient)}`, undefined, Date.now())
  t.strictSame(holder.ins, patient.ins)
  t.notMatch(holder.key, /279035121518989/)
})

t.test('each fault is refused, by name and without a value of the token', async (t) => {
  await using issuer = await testIssuer()
  const authenticate = authenticator(issuer)
  const now = Date.now()
  const seconds = Math.floor(now / 1000)
  const invalid = '401 security jeton-invalide'
  const badKey = { system: 'urn:oid:1.2.250.1.213.1.4.8', value: '279035121518988' }
  const testOid = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }
  const holderClaim = { acteur: 'PATIENT', authentification: 'DIRECTE' }
  const cases: Record<string, [TokenChanges, string, Persona?]> = {
    'wrong audience': [{ claims: { aud: 'https://elsewhere.test' } }, `${invalid} aud`],
    'no audience': [{ claims: { aud: undefined } }, `${invalid} aud`],
    'unknown issuer': [{ claims: { iss: 'https://elsewhere.test' } }, `${invalid} iss`],
    'no issuer': [{ claims: { iss: undefined } }, `${invalid} iss`],
    'issuer not a text': [{ claims: { iss: ['x'] } }, `${invalid} iss`],
    'no typ': [{ header: { typ: undefined } }, `${invalid} typ`],
    'an id token': [{ header: { typ: 'JWT' } }, `${invalid} typ`],
    'unknown key': [{ header: { kid: 'another' } }, `${invalid} kid`],
    'expired beyond the skew': [{ issuedAt: seconds - 400, ttlSeconds: 300 }, '401 expired jeton-expire'],
    'expired within the skew': [{ issuedAt: seconds - 330, ttlSeconds: 300 }, 'accepted'],
    'no expiry': [{ claims: { exp: undefined } }, `${invalid} exp`],
    'from the future': [{ issuedAt: seconds + 120 }, `${invalid} iat`],
    'from the future, within the skew': [{ issuedAt: seconds + 30 }, 'accepted'],
    'no iat': [{ claims: { iat: undefined } }, `${invalid} iat`],
    'not yet': [{ claims: { nbf: seconds + 120 } }, `${invalid} nbf`],
    'no client': [{ claims: { client_id: undefined } }, `${invalid} client_id`],
    'no jti': [{ claims: { jti: undefined } }, `${invalid} jti`],
    'no subject': [{ claims: { sub: undefined } }, `${invalid} sub`],
    'scope not a text': [{ claims: { scope: ['user/*.r'] } }, `${invalid} scope`],
    'no dmp claim': [{ claims: { dmp: undefined } }, `${invalid} dmp`],
    'unknown actor': [
      { claims: { dmp: { acteur: 'ROI', authentification: 'DIRECTE' } } },
      `${invalid} dmp.acteur`,
    ],
    'RPPS with a wrong key': [{ claims: { SubjectNameID: '899700000006' } }, `${invalid} SubjectNameID`],
    'INS with a wrong key': [
      { claims: { dmp: { ...holderClaim, ins: badKey } } },
      `${invalid} dmp.ins`,
      patient,
    ],
    'test INS where none is admitted': [
      { claims: { dmp: { ...holderClaim, ins: testOid } } },
      `${invalid} dmp.ins`,
    ],
    'bound to a DPoP key': [{ claims: { cnf: { jkt: thumbprint } } }, `${invalid} cnf`],
    'bound to a certificate, none here': [
      { claims: { cnf: { 'x5t#S256': thumbprint } } },
      '401 security certificat-non-lie',
    ],
  }
  for (const [name, [changes, expected, persona = doctor]] of Object.entries(cases)) {
    const token = await issuer.token(persona, changes)
    t.equal(await refusalOf(authenticate(`Bearer ${token}`, undefined, now)), expected, name)
  }
})

t.test('no token, another scheme, another algorithm, a changed token', async (t) => {
  await using issuer = await testIssuer()
  const authenticate = authenticator(issuer)
  const invalid = '401 security jeton-invalide'
  const absent = '401 login jeton-absent'
  const attempt = (authorization: string | undefined) =>
    refusalOf(authenticate(authorization, undefined, Date.now()))
  t.equal(await attempt(undefined), absent)
  t.equal(await attempt(''), absent)
  t.equal(await attempt('Basic ZG1wOmRtcA=='), absent)
  t.equal(await attempt('Bearer'), `${invalid} format`)
  t.equal(await attempt('Bearer opaque'), `${invalid} format`)
  t.equal(await attempt('Bearer a.b.c'), `${invalid} format`)
  t.equal(await attempt(`Bearer ${'a'.repeat(maxTokenLength)}.b.c`), `${invalid} length`)

  const claims = { iss: issuer.issuer, aud: issuer.audience, sub: 's', client_id: 'c', jti: 'j' }
  const unsecured = new UnsecuredJWT(claims).setIssuedAt().setExpirationTime('5m').encode()
  t.match(await attempt(`Bearer ${unsecured}`), invalid, 'alg none')
  const secret = new TextEncoder().encode('a secret of at least thirty-two bytes')
  for (const [alg, key] of [
    ['HS256', secret],
    ['ES384', (await generateKeyPair('ES384')).privateKey],
    ['EdDSA', (await generateKeyPair('EdDSA')).privateKey],
  ] as const) {
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'test-key' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key)
    t.equal(await attempt(`Bearer ${token}`), `${invalid} alg`, alg)
  }
  const other = await generateKeyPair('ES256')
  const forged = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test-key' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(other.privateKey)
  t.equal(await attempt(`Bearer ${forged}`), `${invalid} signature`, 'another key under the same name')

  const good = await issuer.token(doctor)
  t.equal(await attempt(`Bearer ${good}`), 'accepted')
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...'Aq7-_'), async (at, letter) => {
      // The last character of each part has bits that base64url leaves unused; those are not part of what is signed.
      fc.pre(good[at] !== letter && good[at] !== '.' && at < good.length - 1 && good[at + 1] !== '.')
      const changed = good.slice(0, at) + letter + good.slice(at + 1)
      return (await attempt(`Bearer ${changed}`)).startsWith(invalid)
    }),
    { numRuns: 150 },
  )
})

t.test('a token bound to a certificate is good on that connection only', async (t) => {
  await using issuer = await testIssuer()
  const authenticate = authenticator(issuer, { requireCertificateBinding: true })
  const bound = `Bearer ${await issuer.token(doctor, { claims: { cnf: { 'x5t#S256': thumbprint } } })}`
  const refused = '401 security certificat-non-lie'
  const attempt = (authorization: string, der?: Buffer) =>
    refusalOf(authenticate(authorization, der, Date.now()))
  t.equal(await attempt(bound, certificate), 'accepted')
  t.equal(await attempt(bound, Buffer.from('another')), refused, 'also when the token is remembered')
  t.equal(await attempt(bound), refused)
  const unbound = `Bearer ${await issuer.token(doctor)}`
  t.equal(await attempt(unbound, certificate), '401 security jeton-invalide cnf', 'binding is mandatory here')
  t.equal(await attempt(unbound, certificate), '401 security jeton-invalide cnf', 'also when remembered')
})

t.test('a token is remembered, never beyond its expiry', async (t) => {
  await using issuer = await testIssuer()
  const authenticate = authenticator(issuer)
  const now = Math.floor(Date.now() / 1000) * 1000
  const authorization = `Bearer ${await issuer.token(doctor, { issuedAt: now / 1000, ttlSeconds: 30 })}`
  const first = await authenticate(authorization, undefined, now)
  t.equal(await authenticate(authorization, undefined, now + 29_999), first, 'the same object: remembered')
  const inSkew = await authenticate(authorization, undefined, now + 30_000)
  t.not(inSkew, first, 'verified anew from its expiry on')
  t.not(await authenticate(authorization, undefined, now + 30_001), inSkew, 'and not remembered then')
  t.equal(await refusalOf(authenticate(authorization, undefined, now + 91_000)), '401 expired jeton-expire')

  const long = `Bearer ${await issuer.token(doctor, { issuedAt: now / 1000, ttlSeconds: 3600 })}`
  const kept = await authenticate(long, undefined, now)
  t.equal(await authenticate(long, undefined, now + 59_999), kept)
  t.not(await authenticate(long, undefined, now + 60_000), kept, 'a minute at most')
})

t.test('what is remembered is bounded, and valid at every time it is found', async (t) => {
  let found = 0
  let evicted = 0
  const time = fc.nat(100_000)
  const step = fc.record({ token: fc.nat(6).map(String), now: time, exp: time, keep: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const kept = new VerifiedTokens<{ keptAt: number; exp: number }>(4)
      for (const { token, now, exp, keep } of steps) {
        if (keep) {
          const before = kept.size
          kept.keep(token, { keptAt: now, exp }, now, exp)
          if (before === 4 && kept.find(token, now)) evicted++
          if (kept.size > 4) return false
          continue
        }
        const value = kept.find(token, now)
        if (value === undefined) continue
        found++
        if (now >= value.exp || now < value.keptAt || now >= value.keptAt + 60_000) return false
      }
      return true
    }),
    { numRuns: 1_000 },
  )
  t.ok(found > 100 && evicted > 100, `not vacuous: ${found} found, ${evicted} kept when full`)
})

t.test('an issuer out of reach is 503, and asked once for all', async (t) => {
  let requests = 0
  let down = true
  await using issuer = await testIssuer()
  const proxy: Server = createServer(async (_request, response) => {
    requests++
    if (down || !('jwksUri' in issuer.trusted)) return response.writeHead(500).end()
    response.end(await (await fetch(issuer.trusted.jwksUri)).text())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const issuers = [{ issuer: issuer.issuer, jwksUri: `http://127.0.0.1:${portOf(proxy)}/` }]
  const unavailable = '503 transient indisponible'
  const attempt = async (authenticate: ReturnType<typeof authenticator>) =>
    refusalOf(authenticate(`Bearer ${await issuer.token(doctor)}`, undefined, Date.now()))

  const duringOutage = authenticator(issuer, { issuers })
  t.equal(await attempt(duringOutage), unavailable)
  t.equal(await attempt(duringOutage), unavailable)
  t.equal(requests, 1, 'the second request did not wait for the dead issuer again')
  const nobody = authenticator(issuer, {
    issuers: [{ issuer: issuer.issuer, jwksUri: 'http://127.0.0.1:1/' }],
  })
  t.equal(await attempt(nobody), unavailable, 'nobody listens')

  down = false
  const afterwards = authenticator(issuer, { issuers })
  t.equal(await attempt(afterwards), 'accepted')
  t.equal(await attempt(afterwards), 'accepted')
  t.equal(requests, 2, 'keys are fetched once')
})

t.test('keys already known serve during an outage, for a time; an unknown one does not', async (t) => {
  await using issuer = await testIssuer()
  if (!('jwksUri' in issuer.trusted)) throw new Error('the test issuer has a JWKS address')
  const { jwksUri } = issuer.trusted
  let down = false
  const proxy = createServer(async (_request, response) => {
    if (down) return response.writeHead(502).end()
    response.end(await (await fetch(jwksUri)).text())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const trusted = { issuer: issuer.issuer, jwksUri: `http://127.0.0.1:${portOf(proxy)}/` }
  const eager = { ...keyTimings, freshForMs: 0, betweenFetchesMs: 0, afterFailureMs: 0 }
  const patient = issuerKeys(trusted, eager)
  const impatient = issuerKeys(trusted, { ...eager, serveStaleForMs: 0 })
  const get = async (keys: ReturnType<typeof issuerKeys>, kid: string) =>
    keys({ alg: 'ES256', kid }, { payload: '', signature: '' })

  t.ok(await get(patient, 'test-key'))
  t.ok(await get(impatient, 'test-key'))
  await t.rejects(get(patient, 'another'), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  down = true
  t.ok(await get(patient, 'test-key'))
  await t.rejects(get(patient, 'another'), IssuerUnreachable, 'it may have been published meanwhile')
  await t.rejects(get(impatient, 'test-key'), IssuerUnreachable)
})

t.test('an authenticator without audience, or with two issuers of one name, is not made', async (t) => {
  await using issuer = await testIssuer()
  t.throws(() => authenticator(issuer, { audience: '' }))
  t.throws(() => authenticator(issuer, { issuers: [issuer.trusted, issuer.trusted] }))
})

t.test('scopes', async (t) => {
  const scopes = parseScopes(
    'user/DocumentReference.rs system/*.c openid user/Patient.read user/List.sr user/Consent.rs?category=x patient/Binary.',
  )
  t.strictSame(scopes, [
    { level: 'user', resourceType: 'DocumentReference', interactions: 'rs' },
    { level: 'system', resourceType: '*', interactions: 'c' },
  ])
  t.equal(allows(scopes ?? [], 'DocumentReference', 's'), true)
  t.equal(allows(scopes ?? [], 'DocumentReference', 'u'), false)
  t.equal(allows(scopes ?? [], 'Consent', 'c'), true)
  t.equal(allows(scopes ?? [], 'Consent', 'r'), false)
  t.equal(allows([], 'Patient', 'r'), false, 'no scope, no right')
  t.strictSame(parseScopes(undefined), [])
  t.equal(parseScopes(['user/*.r']), undefined)
  t.equal(parseScopes('user/*.r '.repeat(201)), undefined)
})

t.test('access mode and motive, from headers and token', async (t) => {
  const refused = (headers: Record<string, string | string[]>, tokenMotive?: string) =>
    t.throws(() => declaredAccess(headers, tokenMotive), refusal('invalid', 'mode-acces-invalide'))
  const unreadable = (motive: string) =>
    t.throws(() => declaredAccess({ 'dmp-motif': motive }, undefined), refusal('invalid', 'motif-illisible'))
  t.strictSame(declaredAccess({}, undefined), { mode: 'normal' })
  for (const mode of accessModes)
    t.strictSame(declaredAccess({ 'dmp-mode-acces': mode }, undefined), { mode })
  const headers = {
    'dmp-mode-acces': 'bris_de_glace',
    'dmp-motif': encodeURIComponent('Arrêt cardiaque à l’entrée'),
  }
  const emergency = { mode: 'bris_de_glace', motive: 'Arrêt cardiaque à l’entrée' }
  t.strictSame(declaredAccess(headers, undefined), emergency)
  t.strictSame(declaredAccess(headers, emergency.motive), emergency, 'token and header agree')
  t.strictSame(
    declaredAccess({ 'dmp-mode-acces': 'bris_de_glace' }, emergency.motive),
    emergency,
    'token alone',
  )
  t.strictSame(declaredAccess({ 'dmp-motif': '%20%20' }, undefined), { mode: 'normal' }, 'blank is none')
  refused(headers, 'un autre motif')
  refused({ 'dmp-mode-acces': 'urgence' })
  refused({ 'dmp-mode-acces': '' })
  refused({ 'dmp-mode-acces': 'NORMAL' })
  refused({ 'dmp-mode-acces': 'normal, bris_de_glace' })
  refused({ 'dmp-mode-acces': ['normal', 'normal'] })
  for (const motive of ['%E9', 'brut é', 'inconsciente à 100 %', 'ligne%0Aforg%C3%A9e', 'a'.repeat(6_001)])
    unreadable(motive)
  t.ok(declaredAccess({ 'dmp-motif': encodeURIComponent('𝒂'.repeat(500)) }, undefined).motive)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (text) => {
      const motive = text.trim().normalize('NFC')
      fc.pre(motive !== '' && !/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(motive))
      return declaredAccess({ 'dmp-motif': encodeURIComponent(text) }, undefined).motive === motive
    }),
  )
})
