/** Bodies in the formats of FHIR, and headers of answers. */
import { type Node, type NodeValue, reference } from './openapi-document.ts'

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

/** @param examples names of `components/examples` */
export function named(...examples: readonly string[]): Node {
  return Object.fromEntries(examples.map((name) => [name, reference('examples', name)]))
}

export type HeaderName = 'ETag' | 'Last-Modified' | 'Location' | 'X-Request-Id'

export function response(description: string, content?: Node, headers: readonly HeaderName[] = []): Node {
  const all: readonly HeaderName[] = [...headers, 'X-Request-Id']
  return {
    description,
    headers: Object.fromEntries(all.map((name) => [name, reference('headers', name)])),
    ...(content ? { content } : {}),
  }
}

export const responseHeaders: Readonly<Record<HeaderName, Node>> = {
  ETag: {
    description: 'The version, as `W/"1"`: for If-Match and If-None-Match',
    schema: { type: 'string' },
  },
  'Last-Modified': { description: 'When this version was made', schema: { type: 'string' } },
  Location: { description: 'Where it is now, with its version', schema: { type: 'string', format: 'uri' } },
  'X-Request-Id': {
    description: 'Of this request: the one that was sent, or a new one. It stands in the trace',
    schema: { type: 'string' },
  },
}

/** Of every answer to a client that has a rate. */
export const rateHeaders: Readonly<Record<string, Node>> = {
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

function isNode(value: NodeValue): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
      meta: { type: 'object' },
    },
    externalDocs: { url: `https://hl7.org/fhir/R4/${type.toLowerCase()}.html` },
  }
}
