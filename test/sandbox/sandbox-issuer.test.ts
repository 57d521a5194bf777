/** The real sandbox issuer below a path of a Fastify server, and `dmp token`: every kind of caller, there and back. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { requestToken } from '../../src/cli/request-token.ts'
import { type Authenticate, createAuthenticator } from '../../src/http/authentication/verify-token.ts'
import type { Caller } from '../../src/policy/caller.ts'
import { sandboxClient } from '../../src/sandbox/client.ts'
import { createSandboxIssuer } from '../../src/sandbox/issuer.ts'
import { mountSandboxIssuer } from '../../src/sandbox/mount.ts'
import { testCertificate } from '../support/certificates.ts'

const audience = 'https://dmp.test/fhir'
const issuerUrl = 'http://sandbox.test/sandbox/oidc'

type Sandbox = AsyncDisposable & {
  base: string
  tokenUrl: string
  authenticate: Authenticate
  interactions: unknown[]
}

/** A server with the issuer, and with the SMART configuration that leads to it. */
async function sandbox(keysFile: string): Promise<Sandbox> {
  const issuer = await createSandboxIssuer({ issuerUrl, audience, keysFile })
  const server = Fastify({ forceCloseConnections: true })
  const interactions: unknown[] = []
  server.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') interactions.push(Reflect.get(route.config ?? {}, 'interaction'))
  })
  await server.register(mountSandboxIssuer(issuer), { prefix: '/sandbox/oidc' })
  let origin = ''
  const smart = () => ({ token_endpoint: `${origin}/sandbox/oidc/token` })
  server.get('/fhir/.well-known/smart-configuration', { config: { interaction: 'smart' } }, smart)
  origin = await server.listen({ port: 0, host: '127.0.0.1' })
  const trusted = { issuer: issuerUrl, jwksUri: `${origin}/sandbox/oidc/jwks` }
  const authenticate = createAuthenticator({
    issuers: [trusted],
    audience,
    requireCertificateBinding: false,
    allowTestIns: true,
  })
  return {
    base: `${origin}/fhir`,
    tokenUrl: `${origin}/sandbox/oidc/token`,
    authenticate,
    interactions,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

async function temporaryKeys(test: { teardown(fn: () => Promise<void>): unknown }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dmp-sandbox-'))
  test.teardown(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'below', 'keys.json')
}

/** Runs `dmp …` in this process. */
async function dmp(base: string, ...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = []
  const err: string[] = []
  const io = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    env: { DMP_URL: base },
  }
  return { code: await commandLine(args, io), out, err }
}

const nir = (value: string) => ({ system: 'urn:oid:1.2.250.1.213.1.4.8', value })
const ps = {
  actor: 'PS',
  authentication: 'DIRECTE',
  practitionerId: '899700000005',
  profession: '10',
  structureId: '1750000001',
  regulation: false,
  secretConnection: false,
} as const
const other = { authentication: 'DIRECTE', regulation: false, secretConnection: false } as const
const { structureId: _none, ...withoutStructure } = ps

const callers: Record<string, Omit<Caller, 'scopes' | 'client' | 'tokenId' | 'key'>> = {
  '--ps 899700000005 --profession 10 --specialite SM26 --structure 1750000001': { ...ps, speciality: 'SM26' },
  '--ps 899700000005 --profession 60': { ...withoutStructure, profession: '60' },
  '--ps 899700000005 --structure 1750000001 --regulation': { ...ps, regulation: true },
  '--ps 899700000005 --structure 1750000001 --motif Urgence': { ...ps, tokenMotive: 'Urgence' },
  '--ps 899700000005 --structure 1750000001 --connexion-secrete': { ...ps, secretConnection: true },
  '--regulation': { ...ps, regulation: true },
  '--structure 1750000001': {
    ...other,
    actor: 'STRUCTURE',
    authentication: 'INDIRECTE',
    structureId: '1750000001',
  },
  '--structure 380000000000018': {
    ...other,
    actor: 'STRUCTURE',
    authentication: 'INDIRECTE',
    structureId: '380000000000018',
  },
  '--air': { ...ps, authentication: 'INDIRECTE_RENFORCEE' },
  '--air --ps 899700000005 --profession 40 --structure 1690000002': {
    ...ps,
    authentication: 'INDIRECTE_RENFORCEE',
    profession: '40',
    structureId: '1690000002',
  },
  '--secretariat': { ...other, actor: 'NON_PS', structureId: '1750000001' },
  '--secretariat --air': {
    ...other,
    actor: 'NON_PS',
    authentication: 'INDIRECTE_RENFORCEE',
    structureId: '1750000001',
  },
  '--patient 279035121518989': { ...other, actor: 'PATIENT', ins: nir('279035121518989') },
  '--patient urn:oid:1.2.250.1.213.1.4.10|279035121518989': {
    ...other,
    actor: 'PATIENT',
    ins: { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' },
  },
  '--representant 277076322082910 --pour 124018852493334': {
    ...other,
    actor: 'REPRESENTANT_LEGAL',
    ins: nir('277076322082910'),
    onBehalfOf: nir('124018852493334'),
  },
  '--aidant 277076322082910 --pour 279035121518989': {
    ...other,
    actor: 'AIDANT',
    ins: nir('277076322082910'),
    onBehalfOf: nir('279035121518989'),
  },
  '--assurance-maladie': { ...other, actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' },
  '--auditeur': { ...other, actor: 'AUDITEUR' },
  '--administration': { ...other, actor: 'ADMINISTRATION', authentication: 'INDIRECTE' },
}

t.test('every kind of caller: options, token, caller', async (t) => {
  await using server = await sandbox(await temporaryKeys(t))
  const keys = new Set<string>()
  for (const [options, expected] of Object.entries(callers)) {
    const { code, out, err } = await dmp(server.base, 'token', ...options.split(' '))
    t.strictSame([code, out.length, err], [0, 1, []], options)
    const token = out[0] ?? ''
    t.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/, 'the token alone')
    const { key, tokenId, client, scopes, ...caller } = await server.authenticate(
      `Bearer ${token}`,
      undefined,
      Date.now(),
    )
    t.strictSame(caller, expected, options)
    t.equal(client, 'dmp-sandbox')
    t.strictSame(
      scopes.map(({ level, resourceType, interactions }) => `${level}/${resourceType}.${interactions}`),
      ['user/*.cruds', 'system/*.cruds', 'patient/*.cruds'],
    )
    keys.add(key)
    t.ok(tokenId)
    t.strictSame(decodeProtectedHeader(token).typ, 'at+jwt')
    const { iat = 0, exp = 0, aud } = decodeJwt(token)
    t.strictSame([exp - iat, aud], [3600, audience])
  }
  t.ok(keys.size >= 14, 'different callers have different keys')
  t.strictSame(
    new Set(server.interactions),
    new Set(['sandbox-issuer', 'smart']),
    'each route names its interaction',
  )
})

t.test('a narrower scope can be asked for, another not', async (t) => {
  await using server = await sandbox(await temporaryKeys(t))
  const narrow = await dmp(server.base, 'token', '--auditeur', '--scope', 'user/AuditEvent.rs')
  const caller = await server.authenticate(`Bearer ${narrow.out[0]}`, undefined, Date.now())
  t.strictSame(caller.scopes, [{ level: 'user', resourceType: 'AuditEvent', interactions: 'rs' }])
  const oneType = 'user/DocumentReference.rs?type=http://loinc.org|11488-4'
  const narrower = await dmp(server.base, 'token', '--auditeur', '--scope', oneType)
  const { scopes } = await server.authenticate(`Bearer ${narrower.out[0]}`, undefined, Date.now())
  t.strictSame(
    scopes.map(({ criteria }) => criteria),
    [[{ parameter: 'type', values: ['http://loinc.org|11488-4'] }]],
  )
  const wider = await dmp(server.base, 'token', '--auditeur', '--scope', `${oneType}&date=ge2020`)
  t.strictSame(
    [wider.code, wider.out],
    [1, []],
    'with a query that is not understood it would be worth nothing',
  )
  const strange = await dmp(server.base, 'token', '--auditeur', '--scope', 'openid')
  t.strictSame([strange.code, strange.out], [1, []])
  t.match(strange.err, [/^dmp token: no token: only SMART v2 scopes/])
})

t.test('a third-party service, and for what it asks', async (t) => {
  await using server = await sandbox(await temporaryKeys(t))
  const asked = ['--service', 'carnet-de-vaccination', '--finalite', 'PATRQT']
  const { code, out } = await dmp(server.base, 'token', '--patient', '279035121518989', ...asked)
  t.equal(code, 0)
  const caller = await server.authenticate(`Bearer ${out[0]}`, undefined, Date.now())
  t.match(caller, { actor: 'PATIENT', client: 'carnet-de-vaccination', purpose: 'PATRQT' })
})

t.test('what is wrong with a command line is said in one line, with its exit code', async (t) => {
  const nowhere = 'http://127.0.0.1:1/fhir'
  const cases: [string, number, RegExp][] = [
    ['token', 64, /say who calls/],
    ['token --ps', 64, /--ps/],
    ['token --medecin', 64, /--medecin/],
    ['token 899700000005', 64, /options alone/],
    ['token 279035121518989', 64, /options alone/],
    ['token --patient 279035121518989 --auditeur', 64, /different callers/],
    ['token --patient 279035121518989 --structure 1750000001', 64, /--structure does not go/],
    ['token --representant 277076322082910', 64, /needs --pour/],
    ['token --patient 279035121518988', 64, /not a matricule/],
    ['token --aidant 277076322082910 --pour 277076322082910', 64, /--pour/],
    ['token --ps 899700000006', 64, /RPPS/],
    ['token --structure hopital', 64, /--structure/],
    ['token --ps 899700000005 --profession médecin', 64, /--profession/],
    ['token --auditeur', 69, /no answer from http:\/\/127\.0\.0\.1:1: is the server running/],
    ['tokens', 64, /no such command/],
    ['__proto__', 64, /no such command/],
  ]
  for (const [line, code, message] of cases) {
    const ran = await dmp(nowhere, ...line.split(' '))
    t.strictSame([ran.code, ran.out, ran.err.length], [code, [], 1], line)
    t.match(ran.err[0], message)
    t.notMatch(ran.err[0], /\n/)
    t.notMatch(ran.err[0], /2[0-9]{14}/, 'no matricule')
  }
  for (const none of ['not a URL', 'ftp://127.0.0.1/fhir'])
    t.match(await dmp(none, 'token', '--auditeur'), { code: 64, err: [/not a URL/] })
  const { keyPem: key, pem: cert } = testCertificate('dmp.test')
  const secure = Fastify({ forceCloseConnections: true, https: { key, cert } })
  t.teardown(() => secure.close())
  const unknown = await dmp(
    `${await secure.listen({ port: 0, host: '127.0.0.1' })}/fhir`,
    'token',
    '--auditeur',
  )
  t.match(unknown, {
    code: 69,
    err: [/ \(DEPTH_ZERO_SELF_SIGNED_CERT\): its certificate .*NODE_EXTRA_CA_CERTS/],
  })
  t.match(await dmp(nowhere, '--help'), { code: 0, out: [/dmp <command>/] })
  t.match(await dmp(nowhere, 'token', '--help'), { code: 0, out: [/usage: dmp token/] })
  t.match(await dmp(nowhere, '--version'), { code: 0, out: [/^\d+\.\d+\.\d+$/] })

  const server = Fastify({ forceCloseConnections: true })
  t.teardown(() => server.close())
  const origin = await server.listen({ port: 0, host: '127.0.0.1' })
  t.match(await dmp(origin, 'token', '--auditeur'), {
    code: 69,
    err: [/announces no token endpoint \(status 404\)/],
  })
})

t.test('the token endpoint refuses what it does not know', async (t) => {
  await using server = await sandbox(await temporaryKeys(t))
  const post = async (form: [string, string][] | string, user: string = sandboxClient.id, type?: string) => {
    const response = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${sandboxClient.secret}`).toString('base64')}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      body: typeof form === 'string' ? form : new URLSearchParams(form),
    })
    const body: unknown = await response.json()
    return `${response.status} ${Reflect.get(Object(body), 'error') ?? 'token'}`
  }
  const grant: [string, string] = ['grant_type', 'client_credentials']
  const persona = (value: unknown): [string, string] => ['persona', JSON.stringify(value)]
  const auditor = { actor: 'AUDITEUR', authentication: 'DIRECTE' }
  t.equal(await post([grant, persona(auditor)]), '200 token')
  t.equal(await post([grant]), '400 invalid_request', 'no persona')
  t.equal(await post([grant, persona(auditor), persona(auditor)]), '400 invalid_request', 'two personas')
  t.equal(await post([grant, ['persona', '{']]), '400 invalid_request')
  t.equal(await post([grant, persona([auditor])]), '400 invalid_request')
  t.equal(await post([grant, persona({ ...auditor, role: 'x' })]), '400 invalid_request', 'closed schema')
  t.equal(await post([grant, persona({ ...auditor, actor: 'ROI' })]), '400 invalid_request')
  t.equal(await post([grant, persona({ ...auditor, nationalId: 'x'.repeat(65) })]), '400 invalid_request')
  t.equal(
    await post([grant, ['persona', `${JSON.stringify(auditor)}${' '.repeat(4_096)}`]]),
    '400 invalid_request',
  )
  t.equal(
    await post(`grant_type=client_credentials&persona=${'x'.repeat(60_000)}`),
    '400 invalid_request',
    'bounded',
  )
  t.equal(await post('{}', undefined, 'application/json'), '400 invalid_request')
  t.equal(await post([['grant_type', 'password'], persona(auditor)]), '400 unsupported_grant_type')
  t.equal(await post([grant, persona(auditor)], 'another'), '401 invalid_client')
  t.equal(await post([grant, persona(auditor), ['resource', 'https://elsewhere.test']]), '400 invalid_target')
  const elsewhere = server.tokenUrl.replace('/token', '/auth')
  t.equal((await fetch(elsewhere)).status, 404, 'nothing else of the provider is reachable')
})

t.test('discovery and keys, without a private part', async (t) => {
  await using server = await sandbox(await temporaryKeys(t))
  const root = server.tokenUrl.replace('/token', '')
  const discovery: unknown = await (await fetch(`${root}/.well-known/openid-configuration`)).json()
  t.match(discovery, { issuer: issuerUrl, token_endpoint: server.tokenUrl, jwks_uri: `${root}/jwks` })
  const { keys } = Object(await (await fetch(`${root}/jwks`)).json())
  t.equal(keys.length, 1)
  t.match(keys[0], { kty: 'EC', alg: 'ES256', crv: 'P-256' })
  t.notOk('d' in keys[0])
})

t.test('keys survive a restart, are made once, and only the owner may read them', async (t) => {
  const file = await temporaryKeys(t)
  const made = await Promise.all(
    Array.from({ length: 8 }, () => createSandboxIssuer({ issuerUrl, audience, keysFile: file })),
  )
  t.equal(
    new Set(made.map(({ jwks }) => jwks.keys[0]?.kid)).size,
    1,
    'of eight that start together all use one key',
  )
  t.notOk(
    made.some(({ jwks }) => jwks.keys.some((key) => 'd' in key)),
    'the private part stays inside',
  )
  t.equal((await stat(file)).mode & 0o777, 0o600)

  let token = ''
  {
    await using before = await sandbox(file)
    token = await requestToken(before.base, { actor: 'AUDITEUR', authentication: 'DIRECTE' })
  }
  await using after = await sandbox(file)
  t.equal((await after.authenticate(`Bearer ${token}`, undefined, Date.now())).actor, 'AUDITEUR')
  t.notMatch(await readFile(file, 'utf8'), /^$/)
})

t.test('refused in production, without loading the provider', async (t) => {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  })
  await t.rejects(
    createSandboxIssuer({ issuerUrl, audience, keysFile: await temporaryKeys(t) }),
    /production/,
  )
})
