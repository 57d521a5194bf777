/**
 * The text that names a caller and outlives one token: it binds page cursors.
 *
 * A digest of who the issuer says this is and in what quality, so that the same person in another quality is another
 * caller. It is made without the INS: a digest of so short a number could be guessed back. Whom a representative
 * acts for is therefore not part of it; the policy decides that anew on each page.
 */
import { createHash } from 'node:crypto'
import type { Caller } from '../../policy/caller.ts'

export function callerKey(
  issuer: string,
  subject: string,
  caller: Pick<
    Caller,
    | 'client'
    | 'actor'
    | 'authentication'
    | 'practitionerId'
    | 'profession'
    | 'structureId'
    | 'secretConnection'
  >,
): string {
  const named = [
    issuer,
    subject,
    caller.client,
    caller.actor,
    caller.authentication,
    caller.practitionerId ?? '',
    caller.profession ?? '',
    caller.structureId ?? '',
    caller.secretConnection,
  ]
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url')
}
