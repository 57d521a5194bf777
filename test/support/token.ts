/**
 * A token issuer for tests: its own key, its JWKS at an HTTP address, tokens without a round trip.
 *
 *   await using issuer = await testIssuer()
 *   createAuthenticator({ issuers: [issuer.trusted], audience: issuer.audience, … })
 *   await issuer.token({ actor: 'PATIENT', authentication: 'DIRECTE', ins })
 */
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import type { KeySource } from '../../src/http/authentication/issuer-keys.ts'
import { sandboxScope } from '../../src/sandbox/client.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { claimsOfPersona } from '../../src/sandbox/persona-claims.ts'

export type TokenChanges = {
  /** Seconds since the epoch. */
  readonly issuedAt?: number
  readonly ttlSeconds?: number
  readonly scope?: string
  /** Claims that replace the persona's; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Protected header fields that replace the usual ones; undefined removes one. */
  readonly header?: Readonly<Record<string, unknown>>
}

export type TestIssuer = AsyncDisposable & {
  readonly issuer: string
  readonly audience: string
  readonly trusted: { readonly issuer: string } & KeySource
  /** How often the JWKS was fetched. */
  readonly keyRequests: () => number
  readonly token: (persona: Persona, changes?: TokenChanges) => Promise<string>
  /** Claims and header as given, signed by the issuer's key. */
  readonly sign: (claims: Readonly<Record<string, unknown>>, header: JWTHeaderParameters) => Promise<string>
}

const audience = 'https://dmp.test/fhir'
const kid = 'test-key'
let made = 0

export async function testIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] }
  let keyRequests = 0
  const server = createServer((_request, response) => {
    keyRequests++
    response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify(jwks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test issuer has no port')
  const issuer = `https://issuer-${++made}.test`

  const sign: TestIssuer['sign'] = (claims, header) =>
    new SignJWT({ ...claims }).setProtectedHeader(header).sign(privateKey)

  const token: TestIssuer['token'] = (persona, changes = {}) => {
    const iat = changes.issuedAt ?? Math.floor(Date.now() / 1000)
    const header = { alg: 'ES256', typ: 'at+jwt', kid, ...changes.header }
    return sign(
      {
        iss: issuer,
        aud: audience,
        iat,
        exp: iat + (changes.ttlSeconds ?? 300),
        jti: `test-${++made}`,
        client_id: 'test-software',
        scope: changes.scope ?? sandboxScope,
        ...claimsOfPersona(persona),
        ...changes.claims,
      },
      header,
    )
  }

  return {
    issuer,
    audience,
    trusted: { issuer, jwksUri: `http://127.0.0.1:${address.port}/jwks` },
    keyRequests: () => keyRequests,
    token,
    sign,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
