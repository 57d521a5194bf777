/**
 * The public keys of one trusted issuer, fetched from its JWKS and kept.
 *
 * An issuer that does not answer must neither accept nor accuse: its tokens are then neither valid nor invalid, and
 * the caller of this function gets `IssuerUnreachable`. Keys already known go on serving for an hour, so that a short
 * outage of the issuer is not one of the record; a key withdrawn during that outage is noticed when it ends.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import { boundedText } from './bounded-answer.ts'
import { IssuerUnreachable } from './issuer-unreachable.ts'
import { usableKeys } from './usable-keys.ts'

/** Where an issuer's keys are: at an address, or at hand when issuer and server are one process. */
export type KeySource = { readonly jwksUri: string } | { readonly jwks: JSONWebKeySet }

export const keyTimings = {
  freshForMs: 10 * 60_000,
  /** After the last answer of the issuer, while it gives none. */
  serveStaleForMs: 60 * 60_000,
  /** Between two fetches for the sake of an unknown key: a flood of invented key names must not become one of requests. */
  betweenFetchesMs: 30_000,
  /** One attempt for all the requests of this time: a dead issuer must not hold each of them for a time-out. */
  afterFailureMs: 5_000,
  timeoutMs: 3_000,
} as const
type KeyTimings = { readonly [K in keyof typeof keyTimings]: number }

const maxJwksBytes = 256 * 1024

export function issuerKeys(source: KeySource, timings: KeyTimings = keyTimings): JWTVerifyGetKey {
  if ('jwks' in source) return createLocalJWKSet(source.jwks)

  let failedAt = Number.NEGATIVE_INFINITY
  let fetchedAt = Number.NEGATIVE_INFINITY
  const fetchKeys = async (url: string, init: RequestInit): Promise<Response> => {
    if (performance.now() - failedAt < timings.afterFailureMs) throw new IssuerUnreachable()
    try {
      const response = await fetch(url, init)
      const keys = usableKeys(await boundedText(response, maxJwksBytes))
      if (response.status !== 200 || !keys) throw new IssuerUnreachable('no key set')
      failedAt = Number.NEGATIVE_INFINITY
      fetchedAt = performance.now()
      return Response.json(keys)
    } catch (cause) {
      failedAt = performance.now()
      throw cause
    }
  }
  const remote = createRemoteJWKSet(new URL(source.jwksUri), {
    cacheMaxAge: timings.freshForMs,
    cooldownDuration: timings.betweenFetchesMs,
    timeoutDuration: timings.timeoutMs,
    [customFetch]: fetchKeys,
  })

  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      if (saysNoSuchKey(cause)) throw cause
      const known = remote.jwks()
      if (known === undefined || performance.now() - fetchedAt > timings.serveStaleForMs) {
        throw new IssuerUnreachable(undefined, { cause })
      }
      try {
        return await createLocalJWKSet(known)(header, token)
      } catch (stale) {
        // The unknown key may be one that the issuer has published since.
        throw new IssuerUnreachable(undefined, { cause: stale })
      }
    }
  }
}

function saysNoSuchKey(cause: unknown): boolean {
  return (
    cause instanceof errors.JWKSNoMatchingKey ||
    cause instanceof errors.JWKSMultipleMatchingKeys ||
    cause instanceof errors.JOSENotSupported
  )
}
