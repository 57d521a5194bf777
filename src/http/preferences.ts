/**
 * What the headers of a request say of the answer wanted, whoever asks.
 * @see https://hl7.org/fhir/R4/http.html#prefer
 */
import type { FastifyRequest } from 'fastify'
import type { Language } from '../fhir/error-catalogue.ts'
import type { Exchange } from '../interactions/exchange.ts'

const RETURN = ['minimal', 'representation', 'OperationOutcome'] as const

export function preferences(request: FastifyRequest): Pick<Exchange, 'language' | 'handling' | 'prefer'> {
  const prefer = single(request.headers.prefer)
  return {
    language: languageOf(request.headers['accept-language']),
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
