/**
 * `Authorization` header → Caller, or a refusal. Nothing else in the server reads a token.
 *
 * JWT access tokens by the keys of their issuer; opaque ones by asking the one issuer that is configured so, and every
 * check is the same for both. A JWT's revocation before its `exp` is not looked up: issuers of the DMP give short-lived
 * ones. An opaque token's is noticed within a minute.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4 and https://www.rfc-editor.org/rfc/rfc7662
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Caller } from '../../policy/caller.ts'
import { noServices, type ThirdPartyServices } from '../../policy/third-party-service.ts'
import { bearerToken, isCompactJws } from './bearer-token.ts'
import { boundThumbprint, checkCertificate } from './certificate-binding.ts'
import { claimsToCaller } from './claims-to-caller.ts'
import { type Introspect, type IntrospectionEndpoint, introspector } from './introspection.ts'
import { issuerKeys, type KeySource } from './issuer-keys.ts'
import { IssuerUnreachable } from './issuer-unreachable.ts'
import { checkRegisteredClaims } from './registered-claims.ts'
import { issuerUnavailable, tokenRefused } from './token-refusals.ts'
import { tokenFingerprint, VerifiedTokens } from './verified-tokens.ts'
import { announcedIssuer, verifyJwt } from './verify-jwt.ts'

/** An issuer gives JWTs, verified by its keys, or opaque tokens, or both. */
export type TrustedIssuer = { readonly issuer: string } & (
  | (KeySource & { readonly introspection?: IntrospectionEndpoint })
  | { readonly introspection: IntrospectionEndpoint }
)

export type AuthenticatorConfig = {
  readonly issuers: readonly TrustedIssuer[]
  readonly audience: string
  /** True outside the sandbox: a token without `cnf.x5t#S256` is refused. */
  readonly requireCertificateBinding: boolean
  /** Admits INS of the test and demonstration OIDs (`DMP_INS_TEST`). */
  readonly allowTestIns: boolean
  /** Third-party services, by which a token of one is known (rule S1); none unless said. */
  readonly services?: ThirdPartyServices
}

/** `now` in milliseconds since the epoch; `certificate` is the DER text of the connection's client certificate. */
export type Authenticate = (
  authorization: string | undefined,
  certificate: Buffer | undefined,
  now: number,
) => Promise<Caller>

type Verified = { readonly caller: Caller; readonly thumbprint: string | undefined }

/** How tokens are verified, by the name of their issuer; `opaque` for those that name none. */
type Verifiers = {
  readonly audience: string
  readonly keys: ReadonlyMap<string, JWTVerifyGetKey>
  readonly opaque: { readonly issuer: string; readonly introspect: Introspect } | undefined
}

export function createAuthenticator(config: AuthenticatorConfig): Authenticate {
  // An empty audience or issuer would switch a check of jose off instead of failing it.
  if (config.audience === '') throw new TypeError('an authenticator needs an audience')
  if (config.issuers.some(({ issuer }) => issuer === '')) throw new TypeError('a trusted issuer needs a name')
  const verifiers = verifiersOf(config)
  const verifiedTokens = new VerifiedTokens<Verified>()
  const verify = async (token: string, fingerprint: string, now: number): Promise<Verified> => {
    const claims = await claimsOf(token, verifiers, now)
    // A JWT has its `jti`; what an issuer is asked about may have none, and is named in traces by its digest.
    const named = { jti: `sha256:${fingerprint}`, ...claims }
    const verified = {
      caller: claimsToCaller(named, config.allowTestIns, config.services ?? noServices),
      thumbprint: boundThumbprint(claims.cnf),
    }
    verifiedTokens.keep(fingerprint, verified, now, (claims.exp ?? 0) * 1000)
    return verified
  }

  return async (authorization, certificate, now) => {
    const token = bearerToken(authorization)
    const fingerprint = tokenFingerprint(token)
    const verified = verifiedTokens.find(fingerprint, now) ?? (await verify(token, fingerprint, now))
    checkCertificate(verified.thumbprint, certificate, config.requireCertificateBinding)
    return verified.caller
  }
}

function verifiersOf({ issuers, audience }: AuthenticatorConfig): Verifiers {
  const keys = new Map<string, JWTVerifyGetKey>()
  let opaque: Verifiers['opaque']
  for (const trusted of issuers) {
    const { issuer, introspection } = trusted
    if ('jwks' in trusted || 'jwksUri' in trusted) keys.set(issuer, issuerKeys(trusted))
    if (!introspection) continue
    // An opaque token does not say whose it is, and is shown to nobody but its issuer.
    if (opaque) throw new TypeError('two issuers of opaque tokens')
    opaque = { issuer, introspect: introspector(introspection) }
  }
  if (new Set(issuers.map(({ issuer }) => issuer)).size !== issuers.length)
    throw new TypeError('two trusted issuers have the same name')
  return { audience, keys, opaque }
}

async function claimsOf(
  token: string,
  { audience, keys, opaque }: Verifiers,
  now: number,
): Promise<JWTPayload> {
  const jwt = isCompactJws(token) ? announcedIssuer(token) : undefined
  const key = jwt?.issuer === undefined ? undefined : keys.get(jwt.issuer)
  try {
    if (jwt?.issuer !== undefined && key)
      return await verifyJwt(token, key, { issuer: jwt.issuer, audience }, now)
    // A JWT may be an opaque token to us, when its issuer publishes no keys; that of another issuer is not shown to it.
    if (opaque && (!jwt || jwt.issuer === opaque.issuer)) {
      const claims = await opaque.introspect(token)
      return checkRegisteredClaims(claims, { issuer: opaque.issuer, audience }, now)
    }
  } catch (cause) {
    throw cause instanceof IssuerUnreachable ? issuerUnavailable(cause) : cause
  }
  throw tokenRefused(jwt ? 'iss' : 'format')
}
