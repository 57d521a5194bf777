/** Bodies in the formats of FHIR, and headers of answers. */
import { isNode, type Node, reference } from './openapi-document.ts'

/** JSON by its schema; XML is the same resource, which JSON Schema cannot describe. */
export function fhirContent(schema: string, examples?: Node): Node {
  return {
    'application/fhir+json': { schema: reference('schemas', schema), ...(examples ? { examples } : {}) },
    'application/fhir+xml': { schema: { type: 'string' } },
  }
}

/** A body that is demanded. */
export function body(content: Node): Node {
  return { required: true, content }
}

export type HeaderName =
  | 'ETag'
  | 'Last-Modified'
  | 'Location'
  | 'Content-Range'
  | 'Content-Disposition'
  | 'Accept-Ranges'
  | 'Vary'
  | 'X-Security-Context'
  | EveryAnswer
type EveryAnswer = 'X-Request-Id' | 'X-Correlation-Id' | 'Cache-Control' | 'X-Content-Type-Options'

const onEveryAnswer = ['X-Request-Id', 'X-Correlation-Id', 'Cache-Control', 'X-Content-Type-Options'] as const

export function response(description: string, content?: Node, headers: readonly HeaderName[] = []): Node {
  return {
    description,
    headers: namedHeaders([...headers, ...onEveryAnswer]),
    ...(content ? { content } : {}),
  }
}

/** @param more of this answer alone */
export function headersOfRefusal(more: Node = {}): Node {
  return { ...more, ...namedHeaders(onEveryAnswer) }
}

function namedHeaders(names: readonly HeaderName[]): Node {
  return Object.fromEntries(names.map((name) => [name, reference('headers', name)]))
}

export const notModified: Node = response('Not modified: what the client has is still right', undefined, [
  'ETag',
  'Last-Modified',
])

export const responseHeaders: Readonly<Record<HeaderName, Node>> = {
  ETag: {
    description: 'The version, as `W/"1"`: for If-Match and If-None-Match',
    schema: { type: 'string' },
  },
  'Last-Modified': { description: 'When this version was made (RFC 9110)', schema: { type: 'string' } },
  Location: { description: 'Where it is now, with its version', schema: { type: 'string', format: 'uri' } },
  'Content-Range': {
    description: 'Which of the bytes these are: `bytes 0-37/3021`',
    schema: { type: 'string' },
  },
  'Content-Disposition': {
    description: 'A name for the file, of its type and id',
    schema: { type: 'string' },
  },
  'Accept-Ranges': { description: '`bytes`: a range may be asked for', schema: { const: 'bytes' } },
  'X-Security-Context': {
    description: 'The DocumentReference whose rules hold for these bytes (FHIR R4, Binary)',
    schema: { type: 'string' },
  },
  Vary: { description: 'What else the answer goes by', schema: { type: 'string' } },
  'X-Request-Id': {
    description: 'Of this request: the one that was sent, or a new one. It stands in the trace',
    schema: { type: 'string' },
  },
  'X-Correlation-Id': { description: 'The one that was sent', schema: { type: 'string' } },
  'Cache-Control': {
    description: '`no-store`, but for what is about nobody',
    schema: { type: 'string' },
  },
  'X-Content-Type-Options': { description: '`nosniff`', schema: { const: 'nosniff' } },
}

/** Of every answer to who shows a token: the rate of its client, and the mode where it is not the normal one. */
export const rateHeaders: Readonly<Record<string, Node>> = {
  'DMP-Mode-Acces': {
    description: 'The access mode of the request, when it is not the normal one (rule A8)',
    schema: { type: 'string', enum: ['bris_de_glace', 'centre_15'] },
  },
  'RateLimit-Policy': {
    description:
      'Units in a number of seconds, as `"client";q=50000;w=10` (draft-ietf-httpapi-ratelimit-headers-11)',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'Units left, and seconds until all are there again, as `"client";r=49500;t=1`',
    schema: { type: 'string' },
  },
}

/** The same answer, from an operation whose clients have a rate. */
export function withRate<T extends Node | string>(answer: T): T | Node {
  if (typeof answer === 'string') return answer
  const node: Node = answer
  const { headers = {} } = node
  if (!isNode(headers)) throw new Error('Headers that are no object')
  const names = Object.keys(rateHeaders)
  return {
    ...node,
    headers: { ...headers, ...Object.fromEntries(names.map((name) => [name, reference('headers', name)])) },
  }
}

export const searchset = 'A Bundle of type searchset; `link` with relation `next` leads to the next page'

/** A resource as far as a schema of a few lines goes: the definition is in FHIR. */
export function resourceSchema(type: string): Node {
  return {
    type: 'object',
    required: ['resourceType'],
    properties: {
      resourceType: { const: type },
      id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
      meta: { type: 'object', additionalProperties: true },
    },
    additionalProperties: true,
    externalDocs: { url: `https://hl7.org/fhir/R4/${type.toLowerCase()}.html` },
  }
}
