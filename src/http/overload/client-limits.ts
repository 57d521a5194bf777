/**
 * What one client may ask for: a bucket of units for each software in each structure, or for each person where there is no
 * structure. A software alone would be too much (one of them serves thousands of practices), a token too little (a client
 * gets as many as it likes). Emergencies have a bucket of their own: who has used up the one still has the other.
 *
 * The buckets are those of a process. Several processes get a part of the rate each, which is right for a client with
 * several connections, since these are dealt out in turn; one with a single connection has that part alone.
 *
 * NOT limited: what needs no token.
 * @see docs/operations.md "Overload", docs/api.md "Limits of rate"
 */
import type { FastifyRequest } from 'fastify'
import { refusal } from '../../fhir/fhir-error.ts'
import type { Route } from '../../interactions/route.ts'
import type { AccessMode, Caller } from '../../policy/caller.ts'
import { Buckets } from './buckets.ts'
import { type RateFields, rateFields } from './rate-fields.ts'
import { requestCost } from './request-cost.ts'
import { withoutTrace } from './untraced-refusals.ts'

export type ClientRate = {
  /** Units a second of one client, in this process. */
  readonly perSecond: number
  /** For how many seconds a full bucket gives them. */
  readonly seconds: number
}

type Client = Pick<Caller, 'client' | 'structureId' | 'key'>

/** @throws FhirError 429 */
export type ChargeClient = (request: FastifyRequest, client: Client, mode: AccessMode) => void

const MAX_CLIENTS = 10_000
/** A client that goes on leaves one trace of it in so long. */
const TRACED_EVERY_MS = 10_000

const charged = Symbol('rate limit fields')
type Charged = FastifyRequest & { [charged]?: RateFields }

/** @param now milliseconds of a clock that never goes back */
export function clientLimits({ perSecond, seconds }: ClientRate, now: () => number): ChargeClient {
  const rate = { perSecond, capacity: perSecond * seconds }
  const buckets = new Buckets(rate, MAX_CLIENTS)
  const traces = new Buckets({ perSecond: 1000 / TRACED_EVERY_MS, capacity: 1 }, MAX_CLIENTS)
  const fieldsOf = rateFields('client', rate, seconds)
  return (request, client, mode) => {
    const at = now()
    const name = nameOf(client, mode)
    const bucket = buckets.of(name, at)
    const { headers } = request
    const cost = requestCost({
      route: (request.routeOptions.config as { route?: Route }).route,
      contentLength: headers['content-length'],
      transferEncoding: headers['transfer-encoding'],
    })
    const wait = bucket.take(cost, at)
    ;(request as Charged)[charged] = fieldsOf(bucket.left(at))
    if (wait === 0) return
    const refused = refusal('throttled', 'trop-de-requetes', { params: { seconds: Math.ceil(wait) } })
    throw traces.of(name, at).take(1, at) === 0 ? refused : withoutTrace(refused)
  }
}

/** What the answer says of its client's rate; undefined where none was looked at. */
export function rateOf(request: FastifyRequest): RateFields | undefined {
  return (request as Charged)[charged]
}

function nameOf({ client, structureId, key }: Client, mode: AccessMode): string {
  const name = `${client} ${structureId ?? key}`
  return mode === 'normal' ? name : `${name} !`
}
