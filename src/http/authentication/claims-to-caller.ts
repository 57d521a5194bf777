/**
 * A verified token's claims → the Caller: the person and structure (policy), the software, its scopes, a key.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-2.2 and docs/api.md "Tokens"
 */
import type { JWTPayload } from 'jose'
import type { Caller } from '../../policy/caller.ts'
import { identityFromClaims } from '../../policy/identity-from-claims.ts'
import type { ThirdPartyServices } from '../../policy/third-party-service.ts'
import { callerKey } from './caller-key.ts'
import { parseScopes } from './scopes.ts'
import { asService } from './service-caller.ts'
import { tokenRefused } from './token-refusals.ts'

/** Throws a refusal that names the first claim at fault. */
export function claimsToCaller(
  claims: JWTPayload,
  allowTestIns: boolean,
  services: ThirdPartyServices,
): Caller {
  const issuer = shortText(claims.iss)
  const subject = shortText(claims.sub)
  const client = shortText(claims.client_id)
  const tokenId = shortText(claims.jti)
  if (issuer === undefined) throw tokenRefused('iss')
  if (subject === undefined) throw tokenRefused('sub')
  if (client === undefined) throw tokenRefused('client_id')
  if (tokenId === undefined) throw tokenRefused('jti')

  const scopes = parseScopes(claims.scope)
  if (scopes === undefined) throw tokenRefused('scope')

  const read = identityFromClaims(claims, allowTestIns)
  if ('fault' in read) throw tokenRefused(read.fault)
  const named = { ...read.identity, client }
  const caller = { ...named, scopes, tokenId, key: callerKey(issuer, subject, named) }
  return asService(caller, services)
}

function shortText(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim.length > 0 && claim.length <= 256 ? claim : undefined
}
