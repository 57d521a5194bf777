/**
 * What the issuer says of an opaque token.
 *
 * Nothing is remembered here: verified-tokens.ts keeps an answer for a minute at most, and never one that refuses, so
 * that a flood of invented tokens reaches the issuer; `atOnce` bounds it.
 * NOT built: answers signed by the issuer (RFC 9701); the connection to it is what is trusted, hence https.
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
import { boundedText } from './bounded-answer.ts'
import { IssuerUnreachable } from './issuer-unreachable.ts'
import { tokenRefused } from './token-refusals.ts'
import { tokenFingerprint } from './verified-tokens.ts'

/** Where the issuer is asked, and as whom. */
export type IntrospectionEndpoint = {
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
}

export const introspectionTimings = {
  timeoutMs: 3_000,
  /** Nobody is asked for this long after a failure: a dead issuer must not hold each request for a time-out. */
  afterFailureMs: 1_000,
  atOnce: 32,
} as const
type Timings = { readonly [K in keyof typeof introspectionTimings]: number }

/** The claims of an active token. @throws FhirError 401 for one that is not; IssuerUnreachable when nobody can tell */
export type Introspect = (token: string) => Promise<Readonly<Record<string, unknown>>>

const maxAnswerBytes = 64 * 1024

export function introspector(
  issuer: IntrospectionEndpoint,
  timings: Timings = introspectionTimings,
): Introspect {
  let failedAt = Number.NEGATIVE_INFINITY
  /** One question for all who show the same token meanwhile. */
  const underWay = new Map<string, Promise<Readonly<Record<string, unknown>>>>()
  const authorization = `Basic ${Buffer.from(`${formEncoded(issuer.clientId)}:${formEncoded(issuer.clientSecret)}`).toString('base64')}`

  const ask = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    try {
      const response = await fetch(issuer.endpoint, {
        method: 'POST',
        // A redirect would carry the token to wherever it points.
        redirect: 'error',
        signal: AbortSignal.timeout(timings.timeoutMs),
        headers: { authorization, accept: 'application/json' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      })
      const text = await boundedText(response, maxAnswerBytes)
      if (response.status !== 200)
        throw new Error(`introspection was answered with status ${response.status}`)
      return fieldsOf(text)
    } catch (cause) {
      failedAt = performance.now()
      throw new IssuerUnreachable('no introspection', { cause })
    }
  }

  const activeClaims = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    const { active, token_type: type, ...claims } = await ask(token)
    if (active !== true) throw tokenRefused('active')
    // A DPoP token shown as a bearer token is a stolen one; its `cnf` would say so too.
    if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer'))
      throw tokenRefused('token_type')
    return claims
  }

  return async (token) => {
    const name = tokenFingerprint(token)
    const asked = underWay.get(name)
    if (asked) return asked
    if (performance.now() - failedAt < timings.afterFailureMs)
      throw new IssuerUnreachable('failed a moment ago')
    if (underWay.size >= timings.atOnce) throw new IssuerUnreachable('too many tokens asked about at once')
    const claims = activeClaims(token).finally(() => underWay.delete(name))
    underWay.set(name, claims)
    return claims
  }
}

/** An answer without a plain `active` is no answer (section 2.2). */
function fieldsOf(text: string): Readonly<Record<string, unknown>> & { readonly active: boolean } {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('introspection was answered with something else')
  const fields = Object.fromEntries(Object.entries(value))
  const { active } = fields
  if (typeof active !== 'boolean') throw new TypeError('introspection was answered without `active`')
  return { ...fields, active }
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
