/**
 * The answer to one entry, as it stands in the Bundle that answers.
 * @see https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response
 */
import type { ResponseEntry } from '../../../fhir/bundle.ts'
import type { FhirError } from '../../../fhir/fhir-error.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import { isText, textOf } from '../../../fhir/served-text.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { RestEngine } from '../rest-engine.ts'
import type { BundleEntry } from './read-entry.ts'

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15 */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export function entryResponse(
  engine: RestEngine,
  exchange: Exchange,
  entry: BundleEntry,
  answer: Answer,
): ResponseEntry {
  const { status, location, etag, lastModified, body } = answer
  const named = location?.replace(/\/_history\/.*$/, '')
  const text = isText(body) && entry.request.method !== 'HEAD' ? textOf(body) : undefined
  const isOutcome = exchange.prefer === 'OperationOutcome' && isWrite(entry)
  return {
    ...(named !== undefined ? { fullUrl: `${engine.base}/${named}` } : {}),
    status: statusText(status),
    ...(location !== undefined ? { location } : {}),
    ...(etag !== undefined ? { etag } : {}),
    ...(lastModified !== undefined ? { lastModified: new Date(lastModified).toISOString() } : {}),
    ...(text === undefined ? {} : isOutcome ? { outcome: text } : { resource: text }),
  }
}

export function refusedEntry(exchange: Exchange, refused: FhirError): ResponseEntry {
  return {
    status: statusText(refused.status),
    outcome: operationOutcome(refused.issues, exchange.language),
  }
}

function statusText(status: number): string {
  const reason = reasons[status]
  return reason === undefined ? String(status) : `${status} ${reason}`
}

/** What an operation or a read gives is its result, an OperationOutcome too. */
function isWrite({ request }: BundleEntry): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD' && !request.url.includes('$')
}
