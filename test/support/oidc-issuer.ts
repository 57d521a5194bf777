/**
 * A real identity provider (oidc-provider) at a real address, for what a token of our own making would not show: its keys
 * and their rotation, opaque tokens and introspection, tokens bound to the certificate with which they were asked for.
 *
 *   await using issuer = await oidcIssuer({ format: 'opaque' })
 *   await issuer.token(persona, { certificate })     // over TLS, with that client certificate
 *   await issuer.forge({ …claims }, { …header })     // what it would never sign, signed by its own key
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import { isIP, type Server } from 'node:net'
import { TLSSocket } from 'node:tls'
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { type Configuration, Provider } from 'oidc-provider/lib/provider.js'
import { sandboxScope } from '../../src/sandbox/client.ts'
import { type Persona, personaParser } from '../../src/sandbox/persona.ts'
import { claimsOfPersona } from '../../src/sandbox/persona-claims.ts'
import { type TestCertificate, testCertificate } from './certificates.ts'

export const algorithms = ['ES256', 'PS256', 'RS256'] as const
type Algorithm = (typeof algorithms)[number]

export type OidcIssuer = AsyncDisposable & {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly introspection: {
    readonly endpoint: string
    readonly clientId: string
    readonly clientSecret: string
  }
  /** How often a path was asked for, as `/jwks`. */
  readonly asked: (path: string) => number
  /** Answers everything but tokens from now on, in the provider's place. */
  interfere: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  readonly token: (
    persona: Persona,
    wish?: { readonly scope?: string; readonly alg?: Algorithm; readonly certificate?: TestCertificate },
  ) => Promise<string>
  readonly revoke: (token: string) => void
  /** The claims of a good token, and what replaces them, under a header of any kind. */
  readonly forge: (
    persona: Persona,
    claims?: Readonly<Record<string, unknown>>,
    header?: Partial<JWTHeaderParameters>,
  ) => Promise<string>
  /** New keys in the place of the old ones. */
  readonly rotate: () => Promise<void>
  readonly publicKey: (alg: Algorithm) => JWK
}

const audience = 'https://dmp.test/fhir'
const client = { id: 'logiciel-de-cabinet', secret: 'a secret with : and é' }
const server = { id: 'dmp', secret: 'the secret of the record & its server' }
let made = 0

export async function oidcIssuer({
  format = 'jwt',
}: {
  readonly format?: 'jwt' | 'opaque'
} = {}): Promise<OidcIssuer> {
  const tokenHost = testCertificate('localhost')
  const asked = new Map<string, number>()
  const stored = new Map<string, unknown>()
  let keys = await newKeys()
  let callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>

  const plain = createServer((incoming, response) => {
    const path = incoming.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    if (own.interfere) own.interfere(incoming, response)
    else void callback(incoming, response)
  })
  const withTls = createTlsServer(
    { key: tokenHost.keyPem, cert: tokenHost.pem, requestCert: true, rejectUnauthorized: false },
    (incoming, response) => void callback(incoming, response),
  )
  const [port, tokenPort] = await Promise.all([listen(plain), listen(withTls)])
  const issuer = `http://127.0.0.1:${port}`
  const serve = (): void => {
    callback = new Provider(issuer, configuration(format, keys, stored)).callback()
  }
  serve()

  const own: OidcIssuer = {
    issuer,
    audience,
    jwksUri: `${issuer}/jwks`,
    introspection: {
      endpoint: `${issuer}/token/introspection`,
      clientId: server.id,
      clientSecret: server.secret,
    },
    interfere: undefined,
    asked: (path) => asked.get(path) ?? 0,
    async token(persona, { scope = sandboxScope, alg = 'ES256', certificate } = {}) {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: certificate ? 'bound' : client.id,
        scope,
        alg,
        persona: JSON.stringify(persona),
      })
      const answer = await post(`https://localhost:${tokenPort}/token`, form, tokenHost, certificate)
      const token: unknown = Reflect.get(Object(JSON.parse(answer)), 'access_token')
      if (typeof token !== 'string') throw new Error(`no token: ${answer}`)
      return token
    },
    revoke: (token) => void stored.delete(`ClientCredentials:${token}`),
    async forge(persona, claims = {}, header = {}) {
      const iat = Math.floor(Date.now() / 1000)
      const alg = header.alg ?? 'ES256'
      const key = keys.find((candidate) => candidate.alg === alg) ?? keys[0]
      if (!key) throw new Error('no key')
      return new SignJWT({
        iss: issuer,
        aud: audience,
        iat,
        exp: iat + 300,
        jti: `forged-${++made}`,
        client_id: client.id,
        scope: sandboxScope,
        ...claimsOfPersona(persona),
        ...claims,
      })
        .setProtectedHeader({ alg, typ: 'at+jwt', ...(key.kid ? { kid: key.kid } : {}), ...header })
        .sign(key)
    },
    async rotate() {
      keys = await newKeys()
      serve()
    },
    publicKey(alg) {
      const { kty, kid, n, e, crv, x, y } = keys.find((key) => key.alg === alg) ?? {}
      return JSON.parse(JSON.stringify({ kty, kid, alg, n, e, crv, x, y }))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([plain, withTls].map(close))
    },
  }
  return own
}

/** An RSA key takes a second to make, and is the same for all of a process; their names and the others are new. */
const rsaKeys = new Map<Algorithm, Promise<JWK>>()

async function newKey(alg: Algorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return exportJWK(privateKey)
}

function keyFor(alg: Algorithm): Promise<JWK> {
  if (alg === 'ES256') return newKey(alg)
  const key = rsaKeys.get(alg) ?? newKey(alg)
  rsaKeys.set(alg, key)
  return key
}

async function newKeys(): Promise<JWK[]> {
  return Promise.all(
    algorithms.map(async (alg) => ({ ...(await keyFor(alg)), alg, use: 'sig', kid: `${alg}-${++made}` })),
  )
}

function configuration(
  format: 'jwt' | 'opaque',
  keys: readonly JWK[],
  stored: Map<string, unknown>,
): Configuration {
  const parsePersona = personaParser()
  const claimsOf = ({ oidc }: { readonly oidc: { readonly body?: Record<string, unknown> } }) => {
    const persona = typeof oidc.body?.persona === 'string' ? parsePersona(oidc.body.persona) : undefined
    if (!persona) throw new Error('a token for nobody')
    return claimsOfPersona(persona)
  }
  const of = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
  return {
    adapter: class {
      readonly #model: string
      constructor(model: string) {
        this.#model = model
      }
      async find(id: string): Promise<unknown> {
        return stored.get(`${this.#model}:${id}`)
      }
      async upsert(id: string, payload: unknown): Promise<void> {
        stored.set(`${this.#model}:${id}`, payload)
      }
    },
    clients: [
      { ...of, client_id: client.id, token_endpoint_auth_method: 'none' },
      {
        ...of,
        client_id: 'bound',
        token_endpoint_auth_method: 'none',
        tls_client_certificate_bound_access_tokens: true,
      },
      {
        ...of,
        grant_types: [],
        client_id: server.id,
        client_secret: server.secret,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ].map((each) => ({ ...each, id_token_signed_response_alg: 'ES256' })),
    clientAuthMethods: ['none', 'client_secret_basic'],
    jwks: { keys },
    responseTypes: [],
    scopes: [],
    ttl: { ClientCredentials: 300 },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    extraTokenClaims: claimsOf,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_context: unknown, { clientId }: { clientId: string }) => clientId === server.id,
      },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: ({ req }: { req: IncomingMessage }) =>
          req.socket instanceof TLSSocket ? req.socket.getPeerX509Certificate()?.toString() : undefined,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: ({
          oidc,
        }: {
          oidc: { body?: Record<string, string>; params: { scope?: string } }
        }) => ({
          scope: oidc.params.scope ?? '',
          audience,
          accessTokenFormat: format,
          jwt: { sign: { alg: oidc.body?.alg ?? 'ES256' } },
        }),
      },
    },
  }
}

function post(
  url: string,
  form: URLSearchParams,
  host: TestCertificate,
  certificate: TestCertificate | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      ca: host.pem,
      ...(certificate ? { key: certificate.keyPem, cert: certificate.pem } : {}),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      agent: false,
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('end', () => resolve(text)).once('error', reject)
    })
    sent.end(form.toString())
  })
}

function listen(listening: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    listening.once('error', reject)
    listening.listen(0, '127.0.0.1', () => {
      const address = listening.address()
      if (address === null || typeof address === 'string' || !isIP(address.address))
        reject(new Error('no port'))
      else resolve(address.port)
    })
  })
}

async function close(closing: Server & { closeAllConnections(): void }): Promise<void> {
  closing.closeAllConnections()
  await new Promise((resolve) => closing.close(resolve))
}
