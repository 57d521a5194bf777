/**
 * The one place where an error becomes an answer: a status and an OperationOutcome. What nobody foresaw is a 500 that
 * says nothing but its request id; its cause goes to the log.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import { operationOutcome } from '../fhir/outcome.ts'
import type { Engine } from '../interactions/engine.ts'
import { asFhirError } from '../interactions/foreign-errors.ts'
import { render } from '../interactions/render.ts'
import { contentTypes, errorFormat, unsupported } from './negotiation.ts'
import { languageOf } from './preferences.ts'
import { queryPart, readPairs } from './query.ts'

/** Fastify's own refusals, which come before any interaction. */
export function frameworkError(error: unknown, bodyLimit: number): FhirError {
  const code = (error as Partial<FastifyError> | undefined)?.code
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refusal('too-long', 'trop-long', { params: { what: 'body (bytes)', limit: bodyLimit } })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return unsupported()
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return refusal('required', 'corps-absent')
    // Longer than any name this server gives out.
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return refusal('not-found', 'inconnu')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
    case 'ECONNRESET':
      return refusal('invalid', 'non-pris-en-charge', { params: { what: 'request' } })
    default:
      return asFhirError(error)
  }
}

export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: FhirError,
  engine: Engine,
): FastifyReply {
  // What is shed is told in few lines (overload/shed-log.ts).
  const isFault = error.status >= 500 && error.issues[0].error !== 'surcharge'
  if (isFault) request.log.error({ err: error.cause ?? error }, 'request failed')
  const challenged = challenge(error)
  if (challenged) reply.header('WWW-Authenticate', challenged)
  const { size, seconds } = error.issues[0].params ?? {}
  // RFC 9110 §15.5.17
  if (error.status === 416 && size !== undefined) reply.header('Content-Range', `bytes */${size}`)
  if (error.status === 429 || error.status === 503) reply.header('Retry-After', String(seconds ?? 2))
  const { accept, 'accept-language': language } = request.headers
  const query = readPairs(queryPart(request.raw.url ?? ''))
  const format = errorFormat(accept, query.format)
  const outcome = operationOutcome(error.issues, languageOf(language))
  return reply
    .code(error.status)
    .header('Content-Type', contentTypes[format])
    .send(render(outcome, { format, pretty: query.pretty ?? false }, engine.registry))
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function challenge({ status, issues: [issue] }: FhirError): string | undefined {
  if (issue.error === 'portee-insuffisante')
    return `Bearer realm="dmp", error="insufficient_scope", scope="user/${issue.params?.need}"`
  if (status !== 401) return undefined
  return issue.error === 'jeton-absent' ? 'Bearer realm="dmp"' : 'Bearer realm="dmp", error="invalid_token"'
}
