/**
 * The answer to a request that is not let in: an OperationOutcome in the language and the format asked for, written on the
 * bare response. It is the cheapest path there is: no route, no token, no trace, a body that was made before.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Language } from '../../fhir/error-catalogue.ts'
import { refusal } from '../../fhir/fhir-error.ts'
import { operationOutcome } from '../../fhir/outcome.ts'
import type { Engine } from '../../interactions/engine.ts'
import { render } from '../../interactions/render.ts'
import { contentTypes, errorFormat } from '../negotiation.ts'
import { languageOf } from '../preferences.ts'
import { queryPart, readPairs } from '../query.ts'
import { requestId } from '../request-id.ts'

/** Clients that were refused together must not come back together. */
const RETRY_SECONDS = 4

const refusals = {
  surcharge: { status: 503, category: 'transient' },
  'trop-de-requetes': { status: 429, category: 'throttled' },
} as const
type Refused = keyof typeof refusals

/** As a text: Node sends it with its head in one piece. */
type Body = { readonly text: string; readonly bytes: number }

export function retrySeconds(): number {
  return 1 + Math.floor(Math.random() * RETRY_SECONDS)
}

export type AnswerShed = (request: IncomingMessage, response: ServerResponse, error: Refused) => void

export function shedAnswer({ registry }: Pick<Engine, 'registry'>): AnswerShed {
  const bodies = new Map<string, Body>()
  const bodyOf = (
    error: Refused,
    seconds: number,
    language: Language,
    format: keyof typeof contentTypes,
  ): Body => {
    const key = `${error} ${seconds} ${language} ${format}`
    const known = bodies.get(key)
    if (known) return known
    const { issues } = refusal(refusals[error].category, error, { params: { seconds } })
    const text = render(operationOutcome(issues, language), { format, pretty: false }, registry)
    const body = { text, bytes: Buffer.byteLength(text) }
    bodies.set(key, body)
    return body
  }

  return (request, response, error) => {
    const { headers, url = '' } = request
    const seconds = retrySeconds()
    const { format: named } = url.includes('_format=') ? readPairs(queryPart(url)) : {}
    const format = errorFormat(headers.accept, named)
    const body = bodyOf(error, seconds, languageOf(headers['accept-language']), format)
    response.writeHead(refusals[error].status, {
      'Content-Type': contentTypes[format],
      'Content-Length': body.bytes,
      'Retry-After': seconds,
      'X-Request-Id': requestId(headers['x-request-id']),
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    response.end(request.method === 'HEAD' ? undefined : body.text)
  }
}
