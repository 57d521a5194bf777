/**
 * How much is taken on at once, and from one client. All of it is for each process: a client's rate is dealt out to the
 * workers in equal parts.
 * @see docs/operations.md "Overload"
 */

import type { ClientRate } from '../http/overload/client-limits.ts'
import { type Environment, whole } from './values.ts'

export type OverloadConfig = {
  /** Requests in work at once. */
  readonly atOnce: number
  /** How long a request may wait for its place. */
  readonly maxWaitMs: number
  readonly connections: number
  /** Undefined: a client may ask for as much as it likes. */
  readonly clientRate: ClientRate | undefined
}

/** A client that was silent for so long may catch up on all of it at once. */
const BURST_SECONDS = 10

export function readOverload(environment: Environment, workers: number): OverloadConfig {
  const rate = whole(environment, 'DMP_RATE_LIMIT', 5_000, 0, 1_000_000)
  return {
    atOnce: whole(environment, 'DMP_MAX_REQUESTS_AT_ONCE', 64, 4, 10_000),
    maxWaitMs: whole(environment, 'DMP_MAX_WAIT_MS', 1_000, 0, 60_000),
    connections: whole(environment, 'DMP_MAX_CONNECTIONS', 4_096, 4, 1_000_000),
    clientRate: rate === 0 ? undefined : { perSecond: rate / workers, seconds: BURST_SECONDS },
  }
}
