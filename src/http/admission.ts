/**
 * How a request becomes an Exchange, before any of its body is read: who calls, in which mode, with which preferences.
 * Each profile has its own way.
 * @see docs/api.md "Tokens"
 */
import type { FastifyRequest } from 'fastify'
import { refusal } from '../fhir/fhir-error.ts'
import type { DmpExchange } from '../interactions/dmp/dmp-exchange.ts'
import type { Exchange } from '../interactions/exchange.ts'
import type { Need } from '../interactions/route.ts'
import type { Trace } from '../interactions/start-trace.ts'
import { coveredDocuments } from '../policy/scope-narrowing.ts'
import { declaredAccess } from './authentication/access-mode.ts'
import { allows } from './authentication/scopes.ts'
import type { Authenticate } from './authentication/verify-token.ts'
import type { ReadCertificate } from './client-certificate.ts'
import type { ChargeClient } from './overload/client-limits.ts'
import { preferences } from './preferences.ts'

/** @param need the scope of the route; undefined where there is no route @throws FhirError 401, 400 or 403 */
export type Admit<X extends Exchange> = (
  request: FastifyRequest,
  trace: Trace,
  now: number,
  need: Need | undefined,
) => Promise<X>

/** The dmp profile: by a token. @param charge what a client may ask for; undefined: as much as it likes */
export function admitByToken(
  authenticate: Authenticate,
  certificateOf: ReadCertificate,
  charge: ChargeClient | undefined,
): Admit<DmpExchange> {
  return async (request, trace, now, need) => {
    const { headers } = request
    const caller = await authenticate(headers.authorization, certificateOf(request), now)
    // Who it is stands in the trace, also when the mode that it declares cannot be read (T1).
    trace.calledBy(caller, 'normal', '')
    const { mode, motive = '' } = declaredAccess(headers, caller.tokenMotive)
    trace.calledBy(caller, mode, motive)
    charge?.(request, caller, mode)
    if (need && !allows(caller.scopes, need.type, need.letter)) {
      throw refusal('forbidden', 'portee-insuffisante', { params: { need: `${need.type}.${need.letter}` } })
    }
    // Named one by one: what follows a spread is added to the object slowly, 4 of the 100 µs of a read.
    const { language, handling, prefer } = preferences(request)
    return {
      language,
      handling,
      prefer,
      caller,
      mode,
      motive,
      // Where there is no route, nothing is looked at.
      covered: need ? coveredDocuments(caller.scopes, need) : [],
      now,
      trace,
    }
  }
}

const anybody = Object.freeze({ key: 'anybody' })

/** The fhir profile: anybody, on the loopback interface alone. */
export const admitAnybody: Admit<Exchange> = async (request, trace, now) => ({
  ...preferences(request),
  caller: anybody,
  now,
  trace,
})
