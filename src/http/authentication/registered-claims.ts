/**
 * The registered claims of what an issuer answers about an opaque token, held to what jose holds a JWT's to: `iss`,
 * `aud`, `exp`, `nbf`, `iat`, with the same skew. A property test says that the two agree.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1
 */
import type { JWTPayload } from 'jose'
import { tokenExpired, tokenRefused } from './token-refusals.ts'

export const skewSeconds = 60

export type Expected = { readonly issuer: string; readonly audience: string }

/** @param now milliseconds since 1970 @throws FhirError 401 for the first claim at fault */
export function checkRegisteredClaims(
  claims: Readonly<Record<string, unknown>>,
  { issuer, audience }: Expected,
  now: number,
): JWTPayload {
  const { iss, aud, exp, nbf, iat } = claims
  const seconds = Math.floor(now / 1000)
  if (iss !== issuer) throw tokenRefused('iss')
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.includes(audience)) throw tokenRefused('aud')
  if (nbf !== undefined && (!isTime(nbf) || nbf > seconds + skewSeconds)) throw tokenRefused('nbf')
  if (!isTime(exp)) throw tokenRefused('exp')
  if (exp <= seconds - skewSeconds) throw tokenExpired()
  if (!isTime(iat)) throw tokenRefused('iat')
  checkIssuedBefore(iat, now)
  return { ...claims, iss, aud: audience, exp, iat }
}

/** jose looks at `iat` only where a maximum age is set. */
export function checkIssuedBefore(iat: number | undefined, now: number): void {
  if (iat === undefined || iat > Math.floor(now / 1000) + skewSeconds) throw tokenRefused('iat')
}

function isTime(claim: unknown): claim is number {
  return typeof claim === 'number' && Number.isFinite(claim)
}
