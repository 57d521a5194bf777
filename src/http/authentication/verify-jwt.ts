/**
 * A JWT access token: its signature by a key of its issuer, its type and its registered claims.
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
import { checkIssuedBefore, type Expected, skewSeconds } from './registered-claims.ts'
import { type TokenFault, tokenExpired, tokenRefused } from './token-refusals.ts'

const algorithms = ['PS256', 'ES256', 'RS256']

/** @throws FhirError 401; IssuerUnreachable when its keys cannot be had */
export async function verifyJwt(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: Expected,
  now: number,
): Promise<JWTPayload> {
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
    checkIssuedBefore(payload.iat, now)
    return payload
  } catch (cause) {
    throw asRefusal(cause)
  }
}

/** The issuer that a JWT names, not yet believed: it only says which keys to try. Undefined for what is no JWT. */
export function announcedIssuer(token: string): { readonly issuer: string | undefined } | undefined {
  try {
    decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    return { issuer: typeof iss === 'string' ? iss : undefined }
  } catch {
    return undefined
  }
}

const registeredFaults = ['typ', 'iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'jti', 'client_id'] as const

/** Only jose's own verdicts are the token's fault; anything else goes on as it is, and ends as a 500. */
function asRefusal(cause: unknown): unknown {
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
