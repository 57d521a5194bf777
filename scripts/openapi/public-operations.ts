/** What needs no token and is about nobody, in both profiles (src/http/public-routes.ts). */
import { fhirContent, response } from './fhir-content.ts'
import type { Described, Node } from './openapi-document.ts'
import { query } from './parameters.ts'

const tag = 'Public'
const free: readonly Node[] = []
/** Beside the FHIR base, not below it. */
const atRoot: readonly Node[] = [{ url: '/', description: 'The server itself' }]
const plain: Node = { 'text/plain': { schema: { type: 'string' } } }

const readiness: Node = {
  ...plain,
  'application/json': {
    schema: {
      type: 'object',
      required: ['ready', 'reasons'],
      properties: {
        ready: { type: 'boolean' },
        reasons: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              reason: { type: 'string' },
              serves: { type: 'boolean', description: 'Whether requests are served all the same' },
              fr: { type: 'string' },
              en: { type: 'string' },
            },
            additionalProperties: true,
          },
        },
      },
      additionalProperties: true,
    },
  },
}

export const publicOperations: readonly Described[] = [
  {
    method: 'GET',
    path: '/metadata',
    security: free,
    words: {
      operationId: 'capabilities',
      tag,
      summary: 'What this server can do, as a CapabilityStatement',
      parameters: ['_format', '_pretty'],
      answers: { 200: response('The statement', fhirContent('CapabilityStatement')) },
      refusals: [406, 429, 503],
    },
  },
  {
    method: 'GET',
    path: '/livez',
    security: free,
    servers: atRoot,
    words: {
      operationId: 'isAlive',
      tag,
      summary: 'The process answers',
      answers: { 200: response('It does', plain) },
    },
  },
  {
    method: 'GET',
    path: '/readyz',
    security: free,
    servers: atRoot,
    words: {
      operationId: 'isReady',
      tag,
      summary: 'The database answers and traces can be written',
      description:
        'The first line is `ok` or `not ready`; then a line for each reason, which a runbook is named by.',
      answers: { 200: response('Ready', readiness), 503: response('Not ready', readiness) },
    },
  },
  {
    method: 'GET',
    path: '/openapi.yaml',
    security: free,
    servers: atRoot,
    words: {
      operationId: 'openApi',
      tag,
      summary: 'This document',
      answers: { 200: response('OpenAPI 3.1', { 'application/yaml': { schema: { type: 'string' } } }) },
      refusals: [429, 503],
    },
  },
]

/** Where tokens are asked for. */
export const smartOperation: Described = {
  method: 'GET',
  path: '/.well-known/smart-configuration',
  security: free,
  words: {
    operationId: 'smartConfiguration',
    tag,
    summary: 'Where tokens come from, and which scopes there are',
    answers: {
      200: response('SMART configuration', {
        'application/json': { schema: { type: 'object', additionalProperties: true } },
      }),
    },
    refusals: [429, 503],
  },
}

/** Where there are matrices. */
export const habilitationOperation: Described = {
  method: 'GET',
  path: '/$habilitation',
  security: free,
  words: {
    operationId: 'publishMatrices',
    tag,
    summary: 'Who may do what: the matrices in force',
    description:
      'The habilitation matrix (profession × document type) and the functional matrix, each cell with its value, whether a ' +
      'source confirms it or it is a proposal, and which source; and the versions that are known to follow.',
    parameters: [
      query('profession', 'Cells of this profession alone'),
      query('type', 'Cells of this document type alone'),
      '_format',
      '_pretty',
    ],
    answers: {
      200: response('The matrices', fhirContent('Parameters'), ['ETag', 'Vary']),
      304: response('Not modified: what the client has is still right', undefined, ['ETag', 'Vary']),
    },
    refusals: [400, 406, 429, 503],
  },
}

/** Where documents are sealed. */
export const sealKeysOperation: Described = {
  method: 'GET',
  path: '/.well-known/dmp-seal-keys.json',
  security: free,
  words: {
    operationId: 'publishSealKeys',
    tag,
    summary: 'The public keys of the seal of documents',
    description:
      'All with which seals were ever made: whoever has a Provenance verifies it without this server.',
    answers: {
      200: response('A JWK set', {
        'application/jwk-set+json': { schema: { type: 'object', additionalProperties: true } },
      }),
    },
    refusals: [429, 503],
  },
}
