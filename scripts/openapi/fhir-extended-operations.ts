/**
 * The operations of the fhir profile (`$…`). Those on terminology are told from their own definitions.
 * @see https://hl7.org/fhir/R4/operations.html
 */
import type { OperationInput } from '../../src/terminology/operations/operation-inputs.ts'
import { terminologyOperations } from '../../src/terminology/operations/terminology-operations.ts'
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Node, Words } from './openapi-document.ts'
import { query } from './parameters.ts'

const tag = 'Operations'
const parameters = { 200: response('The result', fhirContent('Parameters')) }
const changedMeta = {
  200: response('The result', fhirContent('Parameters'), ['ETag', 'Last-Modified']),
}

const validation = {
  tag,
  parameters: [
    query('mode', 'As which request it is to be looked at', {
      type: 'string',
      enum: ['create', 'update', 'delete'],
    }),
    query('profile', 'URL of the profile to check against', { type: 'string', format: 'uri' }),
  ],
  answers: {
    200: response(
      'What there is to say of it; severities tell whether it would be taken',
      fhirContent('OperationOutcome'),
    ),
  },
  refusals: [404, 413, 415],
} as const satisfies Partial<Words>
const sent = body(fhirContent('Resource'))
/** One parameter `meta` of type Meta. */
const metaSent = body(fhirContent('Parameters'))

const everything = (type: string): Words => ({
  operationId: `everythingOf${type}`,
  tag,
  summary: `All of the compartment of one ${type}, page by page`,
  parameters: ['_since', '_type', '_count', '_summary', '_elements'],
  answers: { 200: response(searchset, fhirContent('Bundle')) },
  refusals: [404, 410],
})

const everythingByPost = (type: string): Words => ({
  ...everything(type),
  operationId: `everythingOf${type}ByPost`,
  summary: 'The same, with the inputs as Parameters',
  parameters: [],
  requestBody: { content: fhirContent('Parameters') },
  refusals: [404, 410, 413, 415],
})

const table: Readonly<Record<string, Words>> = {
  'GET /$versions': {
    operationId: 'versions',
    tag,
    summary: '$versions: which versions of FHIR are spoken',
    answers: parameters,
  },
  'POST /$validate': {
    ...validation,
    operationId: 'validate',
    summary: '$validate: what would be said of a resource, without storing it',
    requestBody: sent,
  },
  'POST /:type/$validate': {
    ...validation,
    operationId: 'validateType',
    summary: '$validate, of this type',
    requestBody: sent,
  },
  'GET /:type/:id/$validate': {
    ...validation,
    operationId: 'validateStored',
    summary: '$validate of a stored resource',
  },
  'POST /:type/:id/$validate': {
    ...validation,
    operationId: 'validateInstance',
    summary: '$validate, as another version of a resource',
    requestBody: sent,
  },
  'GET /$meta': {
    operationId: 'metaOfSystem',
    tag,
    summary: '$meta: profiles, labels and tags in use',
    description:
      'Those of the current resources. The resources that have any are opened: where they are too many, 400 ' +
      '`recherche-trop-couteuse`.',
    answers: parameters,
    refusals: [],
  },
  'GET /:type/$meta': {
    operationId: 'metaOfType',
    tag,
    summary: '$meta: profiles, labels and tags in use on a type',
    answers: parameters,
    refusals: [404],
  },
  'GET /Binary/$meta': {
    operationId: 'metaOfBinaries',
    tag,
    summary: '$meta: labels and tags in use on Binary',
    answers: parameters,
    refusals: [],
  },
  'GET /:type/:id/$meta': {
    operationId: 'meta',
    tag,
    summary: '$meta: profiles, labels and tags of a resource',
    answers: parameters,
    refusals: [404, 410],
  },
  'GET /:type/:id/_history/:version/$meta': {
    operationId: 'metaOfVersion',
    tag,
    summary: '$meta of one version',
    answers: parameters,
    refusals: [404, 410],
  },
  'POST /:type/:id/$meta-add': {
    operationId: 'metaAdd',
    tag,
    summary: '$meta-add: adds profiles, labels and tags',
    requestBody: metaSent,
    answers: changedMeta,
    refusals: [404, 409, 410, 412, 413, 415, 422],
  },
  'POST /:type/:id/$meta-delete': {
    operationId: 'metaDelete',
    tag,
    summary: '$meta-delete: removes profiles, labels and tags',
    requestBody: metaSent,
    answers: changedMeta,
    refusals: [404, 409, 410, 412, 413, 415, 422],
  },
  'GET /Patient/:id/$everything': everything('Patient'),
  'POST /Patient/:id/$everything': everythingByPost('Patient'),
  'GET /Encounter/:id/$everything': everything('Encounter'),
  'POST /Encounter/:id/$everything': everythingByPost('Encounter'),
}

const schemas: Readonly<Record<OperationInput['type'], Node | undefined>> = {
  uri: { type: 'string', format: 'uri' },
  canonical: { type: 'string', format: 'uri' },
  code: { type: 'string' },
  string: { type: 'string' },
  dateTime: { type: 'string' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer', minimum: 0 },
  // In a body only.
  Coding: undefined,
  CodeableConcept: undefined,
  ValueSet: undefined,
  CodeSystem: undefined,
}

function inputQuery({ name, type, max, notSupported }: OperationInput): Node[] {
  const schema = schemas[type]
  if (!schema || notSupported) return []
  return [
    query(name, `Input of the operation (${type})`, max === '*' ? { type: 'array', items: schema } : schema),
  ]
}

const terminology = terminologyOperations.flatMap(({ type, name, inputs, instance }) => {
  const id = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) + type
  const result = name === 'expand' ? fhirContent('ValueSet') : fhirContent('Parameters')
  return [...(instance ? ['one'] : []), 'type'].flatMap((level): [string, Words][] => {
    const url = level === 'one' ? `/${type}/:id/$${name}` : `/${type}/$${name}`
    const on = level === 'one' ? `a stored ${type}` : `a ${type} that the inputs name`
    const suffix = level === 'one' ? 'Stored' : ''
    const shared = {
      tag: 'Terminology',
      answers: { 200: response('The result', result) },
    } as const
    return [
      [
        `GET ${url}`,
        {
          ...shared,
          operationId: `${id}${suffix}`,
          summary: `$${name} on ${on}`,
          parameters: inputs.flatMap(inputQuery),
          refusals: [404, 410, 422],
        },
      ],
      [
        `POST ${url}`,
        {
          ...shared,
          operationId: `${id}${suffix}ByPost`,
          summary: `$${name} on ${on}, with its inputs as Parameters`,
          requestBody: body(fhirContent('Parameters')),
          refusals: [404, 410, 413, 415, 422],
        },
      ],
    ]
  })
})

export const fhirExtendedOperations: ReadonlyMap<string, Words> = new Map([
  ...Object.entries(table),
  ...terminology,
])
