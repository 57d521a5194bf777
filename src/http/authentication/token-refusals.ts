/**
 * The refusals of an access token. What they say is a fixed name of what is wrong, never a value taken from the token.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 */
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'
import type { ClaimFault } from '../../policy/identity-from-claims.ts'
import type { IssuerUnreachable } from './issuer-unreachable.ts'

/** Header fields, registered claims and checks by which a token fails, beside the claims of the DMP. */
export type TokenFault =
  | ClaimFault
  | 'format'
  | 'length'
  | 'typ'
  | 'alg'
  | 'kid'
  | 'signature'
  | 'iss'
  | 'aud'
  | 'nbf'
  | 'iat'
  | 'exp'
  | 'sub'
  | 'jti'
  | 'client_id'
  | 'scope'
  | 'cnf'
  | 'token_type'
  | 'active'

export const tokenMissing = (): FhirError => refusal('login', 'jeton-absent')
export const tokenRefused = (cause: TokenFault): FhirError =>
  refusal('security', 'jeton-invalide', { params: { cause } })
export const tokenExpired = (): FhirError => refusal('expired', 'jeton-expire')
export const certificateRefused = (): FhirError => refusal('security', 'certificat-non-lie')
/**
 * The issuer's keys, or its word on a token, cannot be had: nobody's fault among the callers, so neither 401 nor a hint
 * about the token. The cause is for the log.
 */
export function issuerUnavailable(cause: IssuerUnreachable): FhirError {
  const refused = refusal('transient', 'indisponible')
  refused.cause = cause
  return refused
}
