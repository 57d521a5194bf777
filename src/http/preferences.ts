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
    handling: preferred(prefer, 'handling', ['lenient']) ?? 'strict',
    prefer: preferred(prefer, 'return', RETURN),
  }
}

/** A value, quoted or not, of a preference. @see https://www.rfc-editor.org/rfc/rfc7240#section-2 */
function preferred<Value extends string>(
  header: string,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const said = new RegExp(`(?:^|[,;\\s])${name}\\s*=\\s*("?)([A-Za-z]+)\\1(?![\\w-])`, 'i').exec(header)?.[2]
  return values.find((value) => value === said)
}

/** French, unless English is asked for first. */
export function languageOf(header: string | undefined): Language {
  return /^\s*en\b/i.test(header ?? '') ? 'en' : 'fr'
}

function single(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).slice(0, 200)
}
