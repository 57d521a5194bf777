/**
 * `RateLimit-Policy` and `RateLimit`, as the draft that will be the RFC has them: lists of policies by name, `q` units in
 * `w` seconds; `r` of them left, and `t` seconds until all are there again. Units are weighted (docs/api.md), so `qu` is
 * not said: what the draft has for it are requests and bytes.
 *
 * `r` is rounded down to a hundredth of the quota. Who shares a client's bucket learns little of what others do in it, and
 * two answers in a row do not differ by it.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11 §3, §4
 */
import type { BucketRate } from './token-bucket.ts'

export type RateFields = { readonly policy: string; readonly limit: string }

/** @returns the fields for so many units left */
export function rateFields(
  name: string,
  { capacity, perSecond }: BucketRate,
  seconds: number,
): (left: number) => RateFields {
  const quota = Math.floor(capacity)
  const step = Math.max(1, Math.floor(quota / 100))
  const policy = `"${name}";q=${quota};w=${seconds}`
  // Of a bucket a hundred values are told, over and over.
  const known = new Map<number, RateFields>()
  return (left) => {
    const remaining = Math.floor(left / step) * step
    const before = known.get(remaining)
    if (before) return before
    const untilFull = Math.max(1, Math.ceil((capacity - remaining) / perSecond))
    const fields = { policy, limit: `"${name}";r=${remaining};t=${untilFull}` }
    known.set(remaining, fields)
    return fields
  }
}
