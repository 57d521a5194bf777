/**
 * The access token of an `Authorization` header.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 — the body and query forms are not accepted
 */
import { tokenMissing, tokenRefused } from './token-refusals.ts'

/** A Pro Santé Connect token with several exercises takes about 4 KB; Node refuses headers over 16 KB altogether. */
export const maxTokenLength = 12_288

/** `b64token`: JWTs are of this form, and opaque tokens. */
const anyToken = /^[A-Za-z0-9\-._~+/]+=*$/
const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') throw tokenMissing()
  if (authorization.length > maxTokenLength + 'Bearer '.length) throw tokenRefused('length')
  const [scheme = '', token = '', ...more] = authorization.split(' ')
  if (scheme.toLowerCase() !== 'bearer') throw tokenMissing()
  if (more.length > 0 || !anyToken.test(token)) throw tokenRefused('format')
  return token
}

export function isCompactJws(token: string): boolean {
  return compactJws.test(token)
}
