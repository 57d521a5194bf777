/**
 * The headers of a request, as an Exchange: who calls, in which access mode, in which language, with which preferences.
 * @see docs/api.md "Tokens"; https://hl7.org/fhir/R4/http.html#prefer
 */
import type { FastifyRequest } from 'fastify'
import type { Language } from '../fhir/error-catalogue.ts'
import { refusal } from '../fhir/fhir-error.ts'
import type { Exchange } from '../interactions/exchange.ts'
import type { Trace } from '../interactions/start-trace.ts'
import { declaredAccess } from './authentication/access-mode.ts'
import { allows, type InteractionLetter } from './authentication/scopes.ts'
import type { Authenticate } from './authentication/verify-token.ts'
import { clientCertificate } from './client-certificate.ts'

const RETURN = ['minimal', 'representation', 'OperationOutcome'] as const

export type Need = { readonly type: string; readonly letter: InteractionLetter }

/** @throws FhirError 401, 400 or 403 before any of the body is read */
export async function exchangeOf(
  request: FastifyRequest,
  trace: Trace,
  now: number,
  authenticate: Authenticate,
  need: Need | undefined,
): Promise<Exchange> {
  const { headers } = request
  const caller = await authenticate(headers.authorization, clientCertificate(request), now)
  const { mode, motive = '' } = declaredAccess(headers, caller.tokenMotive)
  trace.calledBy(caller, mode, motive)
  if (need && !allows(caller.scopes, need.type, need.letter)) {
    throw refusal('forbidden', 'portee-insuffisante', { params: { need: `${need.type}.${need.letter}` } })
  }
  const prefer = single(headers.prefer)
  return {
    caller,
    mode,
    motive,
    language: languageOf(headers['accept-language']),
    now,
    trace,
    handling: /(?:^|[,;\s])handling=lenient\b/.test(prefer) ? 'lenient' : 'strict',
    prefer: RETURN.find((form) => prefer.includes(`return=${form}`)),
  }
}

/** French, unless English is asked for first. */
export function languageOf(header: string | undefined): Language {
  return /^\s*en\b/i.test(header ?? '') ? 'en' : 'fr'
}

function single(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).slice(0, 200)
}
