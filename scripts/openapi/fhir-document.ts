/** The OpenAPI document of the fhir profile. */
import packageJson from '../../package.json' with { type: 'json' }
import { restRoutes } from '../../src/interactions/rest/rest-routes.ts'
import type { SearchOf } from '../../src/search/rest-capability.ts'
import type { Answers } from './examples/exchange.ts'
import { fhirScenario } from './examples/fhir-scenario.ts'
import { fhirContent, notModified, resourceSchema, response, responseHeaders } from './fhir-content.ts'
import { fhirExtendedOperations } from './fhir-extended-operations.ts'
import { fhirInteractions } from './fhir-operations.ts'
import { fhirHeaders, pathParameters, searchParameters } from './fhir-parameters.ts'
import { type Described, described, type Node, openApiDocument, type Words } from './openapi-document.ts'
import {
  everyRequest,
  formatParameters,
  pathId,
  pathVersion,
  requestHeaders,
  searchSchemas,
} from './parameters.ts'
import { publicOperations } from './public-operations.ts'
import { fhirRefusals } from './refusals.ts'

const description = `
FHIR R4 (4.0.1) server of all resource types, for conformance suites and for trying: no token is asked for, and it listens
on the loopback interface only. \`docs/fhir.md\` says the same in prose; \`GET /metadata\` lists the search parameters of
each type.

\`GET\` may be \`HEAD\`. Further pages are found by the link \`next\` only. Refusals are OperationOutcomes: \`details.coding\`
of system \`https://dmp-fhir.example/CodeSystem/erreur\` is the stable part, the words are not.
`.trim()

const written = ['ETag', 'Last-Modified'] as const

/** Every operation of the profile, with what all of them have. */
export function fhirDescribed(): readonly Described[] {
  const words = new Map([...fhirInteractions, ...fhirExtendedOperations])
  return [
    ...described(restRoutes, words).map(({ route, path, words }) => ({
      method: route.method,
      path,
      words: withShared(words),
      security: [],
    })),
    ...publicOperations,
  ]
}

export function fhirDocument(types: readonly string[], searchOf: SearchOf, answers: Answers): Node {
  const scenario = { exchanges: fhirScenario, answers }
  return openApiDocument({
    info: {
      title: 'FHIR R4',
      version: packageJson.version,
      summary: 'The FHIR engine of the DMP server, alone',
      description,
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    tags: [
      { name: 'System', description: 'The server as a whole' },
      { name: 'Read', description: 'Resources, their versions and their history' },
      { name: 'Write', description: 'Create, update, patch, delete' },
      { name: 'Search', description: 'By type, in the system, in a compartment' },
      { name: 'Operations', description: 'Operations beside terminology' },
      { name: 'Terminology', description: 'Value sets and code systems' },
      { name: 'Public', description: 'What the server is' },
    ],
    operations: fhirDescribed(),
    scenario,
    components: {
      parameters: {
        ...pathParameters(types),
        'path.id': pathId,
        'path.version': pathVersion,
        ...requestHeaders,
        ...fhirHeaders,
        ...formatParameters,
        ...searchParameters(searchOf(types)),
      },
      headers: responseHeaders,
      responses: {
        Read: response('The resource', fhirContent('Resource'), written),
        Written: response(
          'The resource as it is now, which may be as it was; or as Prefer says',
          fhirContent('Resource'),
          ['Location', ...written],
        ),
        Created: response('The resource; or as Prefer says', fhirContent('Resource'), [
          'Location',
          ...written,
        ]),
        NotModified: notModified,
        ...fhirRefusals(scenario),
      },
      schemas: {
        Resource: anyResource(types),
        ...searchSchemas(searchOf(types).parameters.values()),
        ...Object.fromEntries(
          ['Bundle', 'CapabilityStatement', 'OperationOutcome', 'Parameters', 'ValueSet'].map((type) => [
            type,
            resourceSchema(type),
          ]),
        ),
      },
    },
  })
}

function withShared(words: Words): Words {
  return {
    ...words,
    parameters: [...(words.parameters ?? []), ...everyRequest],
    refusals: [400, 406, 500, 503, ...(words.refusals ?? [])],
  }
}

function anyResource(types: readonly string[]): Node {
  return {
    type: 'object',
    required: ['resourceType'],
    properties: {
      resourceType: { type: 'string', enum: types },
      id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
      meta: { type: 'object', additionalProperties: true },
    },
    additionalProperties: true,
    externalDocs: { url: 'https://hl7.org/fhir/R4/resourcelist.html' },
  }
}
