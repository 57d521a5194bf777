/** The interactions of the fhir profile in words; its operations are in fhir-extended-operations.ts. */
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'

const reading = ['If-None-Match', 'If-Modified-Since', '_summary', '_elements'] as const
export const shaping = [
  '_count',
  '_sort',
  '_total',
  '_summary',
  '_elements',
  '_include',
  '_revinclude',
] as const
const common = ['_id', '_lastUpdated', '_profile', '_security', '_source', '_tag'] as const
const searching = ['Prefer', ...common, ...shaping, 'criteria'] as const

/** Refusals of what brings a body. */
const bodily = [413, 415, 422] as const

const patches: Node = {
  'application/json-patch+json': {
    schema: { type: 'array', items: { type: 'object' } },
  },
  ...fhirContent('Parameters'),
}

const form: Node = {
  'application/x-www-form-urlencoded': {
    schema: { type: 'object', additionalProperties: { type: 'string' } },
  },
}

const otherMethods = 'Other methods on this path are those of every type.'

const listed = { 200: response(searchset, fhirContent('Bundle')) }
const historic = {
  200: response('A Bundle of type history, newest first, deletions included', fhirContent('Bundle')),
}
const written = { 200: 'Written', 201: 'Created' }
const deleted = {
  200: response(
    'Deleted; an OperationOutcome for `Prefer: return=OperationOutcome`',
    fhirContent('OperationOutcome'),
  ),
  204: response('Deleted, or not there', undefined, ['ETag']),
}

/** Any type that is none of FHIR's is taken as the bytes of a document. */
const bytesOrBinary: Node = { '*/*': { schema: {} }, ...fhirContent('Resource') }

const tag = { system: 'System', search: 'Search', write: 'Write', read: 'Read' } as const

const table: Readonly<Record<string, Words>> = {
  'POST /': {
    operationId: 'bundle',
    tag: tag.system,
    summary: 'batch or transaction',
    requestBody: body(fhirContent('Bundle')),
    answers: {
      200: response('A Bundle of type batch-response or transaction-response', fhirContent('Bundle')),
    },
    refusals: [404, 409, 410, 412, ...bodily],
  },
  'GET /': {
    operationId: 'searchSystem',
    tag: tag.search,
    summary: 'Search all types, or those of `_type`',
    parameters: ['_type', ...searching],
    answers: listed,
  },
  'POST /_search': {
    operationId: 'searchSystemByPost',
    tag: tag.search,
    summary: 'The same, with the parameters in a form',
    parameters: ['Prefer'],
    requestBody: body(form),
    answers: listed,
    refusals: [413, 415],
  },
  'GET /_history': {
    operationId: 'historySystem',
    tag: tag.system,
    summary: 'What has happened on the whole server',
    parameters: ['_count', '_since', '_at', '_summary', '_elements'],
    answers: historic,
  },
  'POST /:type': {
    operationId: 'create',
    tag: tag.write,
    summary: 'create; conditional with If-None-Exist',
    parameters: ['Prefer', 'If-None-Exist'],
    requestBody: body(fhirContent('Resource')),
    answers: written,
    refusals: [404, 409, 412, ...bodily],
  },
  'POST /Binary': {
    operationId: 'createBinary',
    tag: tag.write,
    summary: 'create of a Binary, from its bytes or as a resource',
    description: `Of any other media type than those of FHIR, the body is what the Binary holds. ${otherMethods}`,
    parameters: ['Prefer', 'If-None-Exist'],
    requestBody: body(bytesOrBinary),
    answers: written,
    refusals: [404, 409, 412, ...bodily],
  },
  'GET /Binary/:id': {
    operationId: 'readBinary',
    tag: tag.read,
    summary: 'read of a Binary, as its bytes or as a resource',
    description: `The bytes, unless a format of FHIR is asked for. ${otherMethods}`,
    parameters: [...reading],
    answers: {
      200: response('The bytes, or the Binary', bytesOrBinary, ['ETag', 'Last-Modified']),
      304: 'NotModified',
    },
    refusals: [404, 410],
  },
  'GET /Binary/_history': {
    operationId: 'historyBinary',
    tag: tag.read,
    summary: 'history of the type Binary',
    parameters: ['_count', '_since', '_at', '_summary', '_elements'],
    answers: historic,
  },
  'PUT /Binary/:id': {
    operationId: 'updateBinary',
    tag: tag.write,
    summary: 'update of a Binary, from its bytes or as a resource',
    description: `Of any other media type than those of FHIR, the body is what the Binary holds. ${otherMethods}`,
    parameters: ['Prefer', 'If-Match', 'If-None-Match'],
    requestBody: body(bytesOrBinary),
    answers: written,
    refusals: [404, 409, 412, ...bodily],
  },
  'GET /:type': {
    operationId: 'search',
    tag: tag.search,
    summary: 'Search a type',
    parameters: [...searching],
    answers: listed,
    refusals: [404],
  },
  'POST /:type/_search': {
    operationId: 'searchByPost',
    tag: tag.search,
    summary: 'The same, with the parameters in a form',
    parameters: ['Prefer'],
    requestBody: body(form),
    answers: listed,
    refusals: [404, 413, 415],
  },
  'PUT /:type': {
    operationId: 'updateConditional',
    tag: tag.write,
    summary: 'update of the one resource that meets the criteria; creates it when there is none',
    parameters: ['Prefer', 'If-Match', 'If-None-Match', 'criteria'],
    requestBody: body(fhirContent('Resource')),
    answers: written,
    refusals: [404, 409, 412, ...bodily],
  },
  'PATCH /:type': {
    operationId: 'patchConditional',
    tag: tag.write,
    summary: 'patch of the one resource that meets the criteria',
    parameters: ['Prefer', 'If-Match', 'criteria'],
    requestBody: body(patches),
    answers: { 200: 'Written' },
    refusals: [404, 409, 412, ...bodily],
  },
  'DELETE /:type': {
    operationId: 'deleteConditional',
    tag: tag.write,
    summary: 'delete of the one resource that meets the criteria; several are refused (412)',
    parameters: ['Prefer', 'If-Match', 'criteria'],
    answers: deleted,
    refusals: [404, 409, 412],
  },
  'GET /:type/_history': {
    operationId: 'historyType',
    tag: tag.read,
    summary: 'history of a type',
    parameters: ['_count', '_since', '_at', '_summary', '_elements'],
    answers: historic,
    refusals: [404],
  },
  'GET /:type/:id': {
    operationId: 'read',
    tag: tag.read,
    summary: 'read',
    parameters: [...reading],
    answers: { 200: 'Read', 304: 'NotModified' },
    refusals: [404, 410],
  },
  'PUT /:type/:id': {
    operationId: 'update',
    tag: tag.write,
    summary: 'update; of an unknown id, create',
    parameters: ['Prefer', 'If-Match', 'If-None-Match'],
    requestBody: body(fhirContent('Resource')),
    answers: written,
    refusals: [404, 409, 412, ...bodily],
  },
  'PATCH /:type/:id': {
    operationId: 'patch',
    tag: tag.write,
    summary: 'patch, by JSON Patch or FHIRPath Patch',
    parameters: ['Prefer', 'If-Match'],
    requestBody: body(patches),
    answers: { 200: 'Written' },
    refusals: [404, 409, 410, 412, ...bodily],
  },
  'DELETE /:type/:id': {
    operationId: 'delete',
    tag: tag.write,
    summary: 'delete; the history stays',
    parameters: ['Prefer', 'If-Match'],
    answers: deleted,
    refusals: [404, 409, 412],
  },
  'GET /:type/:id/_history': {
    operationId: 'history',
    tag: tag.read,
    summary: 'history of a resource',
    parameters: ['_count', '_since', '_at', '_summary', '_elements'],
    answers: historic,
    refusals: [404],
  },
  'GET /:type/:id/_history/:version': {
    operationId: 'vread',
    tag: tag.read,
    summary: 'vread: one version of a resource',
    parameters: [...reading],
    answers: { 200: 'Read', 304: 'NotModified' },
    refusals: [404, 410],
  },
  'GET /:type/:id/:version': {
    operationId: 'searchCompartment',
    tag: tag.search,
    summary: 'Search the compartment of a resource',
    parameters: [...searching],
    answers: listed,
    refusals: [404],
  },
  'POST /:type/:id/:version/_search': {
    operationId: 'searchCompartmentByPost',
    tag: tag.search,
    summary: 'The same, with the parameters in a form',
    parameters: ['Prefer'],
    requestBody: body(form),
    answers: listed,
    refusals: [404, 413, 415],
  },
}

export const fhirInteractions: ReadonlyMap<string, Words> = new Map(Object.entries(table))
