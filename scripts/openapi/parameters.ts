/**
 * Parameters that several operations share: parts of the path, headers, and those that shape an answer. Search
 * parameters come from the capability that parses them.
 */
import type { SearchableParameter } from '../../src/search/search-capability.ts'
import { type Node, reference } from './openapi-document.ts'

const id = { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' } as const

export const pathId: Node = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Logical id',
  schema: id,
}
export const pathVersion: Node = {
  name: 'version',
  in: 'path',
  required: true,
  description: 'Version id, as in `meta.versionId`',
  schema: { type: 'string', pattern: '^[1-9][0-9]{0,8}$' },
}

export function header(name: string, description: string, schema: Node = { type: 'string' }): Node {
  return { name, in: 'header', description, schema }
}

export function query(name: string, description: string, schema: Node = { type: 'string' }): Node {
  return { name, in: 'query', description, schema }
}

/** As RFC 9110 has it; a strong one is that of bytes. */
export const versionTag: Node = { type: 'string', pattern: '^(W/)?"[^"]+"$' }

/** Pages are never asked for by hand. */
export const cursor: Node = query('_cursor', 'Where a page begins: it stands in the link to it', {
  type: 'string',
  maxLength: 2000,
})

export const requestHeaders: Readonly<Record<string, Node>> = {
  'If-None-Match': header(
    'If-None-Match',
    'Version known already, as `W/"1"`: 304 when it is still the current one',
    versionTag,
  ),
  'If-Modified-Since': header(
    'If-Modified-Since',
    'Time of the version known already: 304 when there is no newer one',
  ),
  'Accept-Language': header('Accept-Language', 'Words of refusals: French, or English for `en`', {
    type: 'string',
    default: 'fr',
  }),
  'X-Request-Id': header('X-Request-Id', 'Own id of this request, given back and traced', {
    type: 'string',
    pattern: '^[\\w\\-.]{8,64}$',
  }),
  'X-Correlation-Id': header('X-Correlation-Id', 'Given back', {
    type: 'string',
    pattern: '^[\\w\\-.:]{1,128}$',
  }),
}

/** On every request to the FHIR base. */
export const everyRequest = [
  'Accept-Language',
  'X-Request-Id',
  'X-Correlation-Id',
  '_format',
  '_pretty',
] as const

export const formatParameters: Readonly<Record<string, Node>> = {
  _format: query('_format', 'Format of the answer, in place of Accept', {
    type: 'string',
    enum: ['json', 'xml'],
  }),
  _pretty: query('_pretty', 'Indented', { type: 'boolean', default: false }),
}

type Kind = SearchableParameter['type']

const forms: Readonly<Record<Kind, string>> = {
  token: '`code`, `system|code`, `|code` or `system|`; alternatives by comma',
  date: '`2026`, `2026-09`, `2026-09-18` or with time; before it `eq`, `ne`, `lt`, `gt`, `le`, `ge`, `sa`, `eb` or `ap`',
  reference: 'An id, `[type]/[id]` or a URL; alternatives by comma',
  string: 'The beginning of a text, whatever its case and accents; alternatives by comma',
  number: 'A number, after a prefix or none',
  quantity: '`[number]|[system]|[code]`, after a prefix or none',
  uri: 'A URI; alternatives by comma',
  composite: 'Values of its components, joined by `$`',
  special: 'As FHIR defines it',
}

/** How values of these parameters are written, as schemas to refer to. */
export function searchSchemas(
  parameters: Iterable<Pick<SearchableParameter, 'type'>>,
): Readonly<Record<string, Node>> {
  const types = new Set([...parameters].map(({ type }) => type))
  return Object.fromEntries(
    [...types].sort().map((type) => [schemaName(type), { type: 'string', description: forms[type] }]),
  )
}

const schemaName = (type: Kind): string => `search.${type}`

/** A name that stands twice means both; alternatives stand in one value. */
export function searchParameter({ code, type, definition }: SearchableParameter, text: string): Node {
  return {
    ...query(code, text, { type: 'array', items: reference('schemas', schemaName(type)) }),
    'x-fhir-definition': definition,
  }
}

/** The same parameters as the fields of a form, for `_search`. */
export function asForm(parameters: readonly Node[]): Node {
  return {
    'application/x-www-form-urlencoded': {
      schema: {
        type: 'object',
        properties: Object.fromEntries(
          parameters.map(({ name, description, schema }) => [
            String(name),
            {
              ...(typeof schema === 'object' && schema !== null ? schema : {}),
              description: description ?? '',
            },
          ]),
        ),
        additionalProperties: { type: 'string' },
      },
    },
  }
}
