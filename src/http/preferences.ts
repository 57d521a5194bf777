/**
 * What the headers of a request say of the answer wanted, whoever asks.
 * @see https://hl7.org/fhir/R4/http.html#prefer
 */
import type { FastifyRequest } from 'fastify'
import type { Language } from '../fhir/error-catalogue.ts'
import type { Exchange } from '../interactions/exchange.ts'

const RETURN = ['minimal', 'representation', 'OperationOutcome'] as const

/** The value, quoted or not, of a preference. @see https://www.rfc-editor.org/rfc/rfc7240#section-2 */
const said = (name: string): RegExp =>
  new RegExp(`(?:^|[,;\\s])${name}\\s*=\\s*("?)([A-Za-z]+)\\1(?![\\w-])`, 'i')
const HANDLING_SAID = said('handling')
const RETURN_SAID = said('return')

export function preferences(request: FastifyRequest): Pick<Exchange, 'language' | 'handling' | 'prefer'> {
  const prefer = single(request.headers.prefer)
  const form = RETURN_SAID.exec(prefer)?.[2]
  return {
    language: languageOf(request.headers['accept-language']),
    handling: HANDLING_SAID.exec(prefer)?.[2] === 'lenient' ? 'lenient' : 'strict',
    prefer: RETURN.find((known) => known === form),
  }
}

/** French, unless English is asked for first. */
export function languageOf(header: string | undefined): Language {
  return /^\s*en\b/i.test(header ?? '') ? 'en' : 'fr'
}

function single(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header.join(',') : (header ?? '')).slice(0, 200)
}
