/**
 * `Authorization` header → Caller, or a refusal. Nothing else in the server reads a token.
 *
 * JWT access tokens only; opaque tokens (introspection) are not accepted. A token's revocation before its `exp` is
 * not looked up: issuers of the DMP give short-lived ones.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 */
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { Caller } from '../../policy/caller.ts'
import { bearerToken } from './bearer-token.ts'
import { boundThumbprint, checkCertificate } from './certificate-binding.ts'
import { claimsToCaller } from './claims-to-caller.ts'
import { IssuerUnreachable, issuerKeys, type TrustedIssuer } from './issuer-keys.ts'
import { issuerUnavailable, type TokenFault, tokenExpired, tokenRefused } from './token-refusals.ts'
import { tokenFingerprint, VerifiedTokens } from './verified-tokens.ts'

export type AuthenticatorConfig = {
  readonly issuers: readonly TrustedIssuer[]
  readonly audience: string
  /** True outside the sandbox: a token without `cnf.x5t#S256` is refused. */
  readonly requireCertificateBinding: boolean
  /** Admits INS of the test and demonstration OIDs (`DMP_INS_TEST`). */
  readonly allowTestIns: boolean
}

/** `now` in milliseconds since the epoch; `certificate` is the DER text of the connection's client certificate. */
export type Authenticate = (
  authorization: string | undefined,
  certificate: Buffer | undefined,
  now: number,
) => Promise<Caller>

const algorithms = ['PS256', 'ES256', 'RS256']
const skewSeconds = 60

type Verified = { readonly caller: Caller; readonly thumbprint: string | undefined }

export function createAuthenticator(config: AuthenticatorConfig): Authenticate {
  // An empty audience or issuer would switch a check of jose off instead of failing it.
  if (config.audience === '') throw new TypeError('an authenticator needs an audience')
  if (config.issuers.some(({ issuer }) => issuer === '')) throw new TypeError('a trusted issuer needs a name')
  const keysByIssuer = new Map(config.issuers.map((trusted) => [trusted.issuer, issuerKeys(trusted)]))
  if (keysByIssuer.size !== config.issuers.length)
    throw new TypeError('two trusted issuers have the same name')
  const verifiedTokens = new VerifiedTokens<Verified>()

  return async (authorization, certificate, now) => {
    const token = bearerToken(authorization)
    const fingerprint = tokenFingerprint(token)
    let verified = verifiedTokens.find(fingerprint, now)
    if (verified === undefined) {
      const claims = await verifiedClaims(token, keysByIssuer, config.audience, now)
      verified = {
        caller: claimsToCaller(claims, config.allowTestIns),
        thumbprint: boundThumbprint(claims.cnf),
      }
      verifiedTokens.keep(fingerprint, verified, now, (claims.exp ?? 0) * 1000)
    }
    checkCertificate(verified.thumbprint, certificate, config.requireCertificateBinding)
    return verified.caller
  }
}

async function verifiedClaims(
  token: string,
  keysByIssuer: ReadonlyMap<string, JWTVerifyGetKey>,
  audience: string,
  now: number,
): Promise<JWTPayload> {
  const issuer = announcedIssuer(token)
  const keys = issuer === undefined ? undefined : keysByIssuer.get(issuer)
  if (issuer === undefined || keys === undefined) throw tokenRefused('iss')
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      issuer,
      audience,
      typ: 'at+jwt',
      clockTolerance: skewSeconds,
      currentDate: new Date(now),
      requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub', 'client_id', 'jti'],
    })
    // jose looks at `iat` only where a maximum age is set.
    if (payload.iat === undefined || payload.iat > now / 1000 + skewSeconds) throw tokenRefused('iat')
    return payload
  } catch (cause) {
    throw asRefusal(cause)
  }
}

/** The issuer that the token names, not yet believed: it only says which keys to try. */
function announcedIssuer(token: string): string | undefined {
  try {
    decodeProtectedHeader(token)
    return decodeJwt(token).iss
  } catch {
    throw tokenRefused('format')
  }
}

const registeredFaults = ['typ', 'iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'jti', 'client_id'] as const

/** Only jose's own verdicts are the token's fault; anything else goes on as it is, and ends as a 500. */
function asRefusal(cause: unknown): unknown {
  if (cause instanceof IssuerUnreachable) return issuerUnavailable()
  if (cause instanceof errors.JWTExpired) return tokenExpired()
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return tokenRefused(registeredFaults.find((name) => name === cause.claim) ?? 'format')
  }
  if (cause instanceof errors.JOSEError) return tokenRefused(faultByJoseCode[cause.code] ?? 'format')
  return cause
}

const faultByJoseCode: Readonly<Record<string, TokenFault>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'alg',
  ERR_JOSE_NOT_SUPPORTED: 'alg',
  ERR_JWKS_NO_MATCHING_KEY: 'kid',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'kid',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
}
