/** The OpenAPI document of the dmp profile. */
import packageJson from '../../package.json' with { type: 'json' }
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { type DmpRoute, dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { accessModes } from '../../src/policy/caller.ts'
import { dmpExamples, exampleNodes } from './dmp-examples.ts'
import { dmpOperations } from './dmp-operations.ts'
import { rateHeaders, resourceSchema, responseHeaders, withRate } from './fhir-content.ts'
import { described, type Node, openApiDocument, type Words } from './openapi-document.ts'
import {
  everyRequest,
  formatParameters,
  header,
  pathId,
  pathVersion,
  requestHeaders,
  searchSchemas,
} from './parameters.ts'
import {
  habilitationOperation,
  publicOperations,
  sealKeysOperation,
  smartOperation,
} from './public-operations.ts'
import { dmpRefusals } from './refusals.ts'

const description = `
FHIR R4 (4.0.1) server of the French shared medical record: documents by IHE MHD in the profiles of the ANS (PDSm),
record by record, under the rules of the DMP. \`docs/api.md\` says the same in prose; \`GET /metadata\` says it to FHIR
clients.

Every request but the public ones brings an access token and leaves a trace. Ids begin with that of the record and hold
no INS. Bodies and answers are JSON or XML. \`GET\` may be \`HEAD\`. Further pages are found by the link \`next\`
only. Refusals are OperationOutcomes: \`details.coding\` of system \`https://dmp-fhir.example/CodeSystem/erreur\` is the
stable part, the words are not.
`.trim()

const sharedHeaders: Readonly<Record<string, Node>> = {
  ...requestHeaders,
  'DMP-Mode-Acces': header(
    'DMP-Mode-Acces',
    'Access mode; the emergency modes are refused so far (rule A8)',
    {
      type: 'string',
      enum: [...accessModes],
      default: 'normal',
    },
  ),
  'DMP-Motif': header('DMP-Motif', 'The motive, UTF-8 percent-encoded. Must agree with that of the token', {
    type: 'string',
    maxLength: 4000,
  }),
  'If-Match': header('If-Match', 'Version that must be the current one, as `W/"1"`; 412 when it is not'),
  Prefer: header(
    'Prefer',
    '`return=minimal`: no body after a write. `handling=lenient`: leave out unknown parameters',
    {
      type: 'string',
      enum: ['return=minimal', 'return=representation', 'handling=strict', 'handling=lenient'],
    },
  ),
}

const onEveryRequest = ['DMP-Mode-Acces', 'DMP-Motif', ...everyRequest]

export function dmpDocument(searches: DmpEngine['searches']): Node {
  const routes = described(dmpRoutes, dmpOperations(searches))
  const types = [
    'AuditEvent',
    'Binary',
    'Bundle',
    'CareTeam',
    'CapabilityStatement',
    'Consent',
    'DocumentReference',
    'List',
    'Measure',
    'MeasureReport',
    'Parameters',
    'Provenance',
    'Subscription',
  ]
  return openApiDocument({
    info: {
      title: 'DMP, FHIR R4',
      version: packageJson.version,
      summary: 'Documents and choices of a patient in the dossier médical partagé',
      description,
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    tags: [
      { name: 'Documents', description: 'Send, find and fetch documents' },
      { name: 'Records', description: 'Find and open a record' },
      { name: 'Choices', description: 'What the patient decides on access' },
      { name: 'Subscriptions', description: 'Be told of what comes into a record' },
      { name: 'Traces', description: 'Who did what' },
      { name: 'Indicators', description: 'How the whole is used' },
      { name: 'Public', description: 'Without a token, about nobody' },
    ],
    operations: [
      ...routes.map(({ route, path, words }) => ({
        method: route.method,
        path,
        words: withShared(words),
        security: securityOf(route),
      })),
      ...publicOperations,
      smartOperation,
      habilitationOperation,
      sealKeysOperation,
    ],
    components: {
      securitySchemes: securitySchemes(dmpRoutes),
      parameters: { 'path.id': pathId, 'path.version': pathVersion, ...sharedHeaders, ...formatParameters },
      headers: { ...responseHeaders, ...rateHeaders },
      responses: { NotModified: { description: 'Not modified' }, ...dmpRefusals() },
      schemas: {
        ...Object.fromEntries(
          [...types, 'OperationOutcome', 'Patient'].map((type) => [type, resourceSchema(type)]),
        ),
        ...searchSchemas(Object.values(searches).flatMap(({ parameters }) => [...parameters.values()])),
      },
      examples: exampleNodes(dmpExamples),
    },
  })
}

/** What every request that brings a token takes, and how it may be refused. */
function withShared(words: Words): Words {
  return {
    ...words,
    answers: Object.fromEntries(
      Object.entries(words.answers).map(([status, answer]) => [status, withRate(answer)]),
    ),
    parameters: [...(words.parameters ?? []), ...onEveryRequest],
    refusals: [400, 401, 403, 406, 429, 500, 503, ...(words.refusals ?? [])],
  }
}

function securityOf({ need }: DmpRoute): readonly Node[] {
  if (!need) throw new Error('A route of the dmp profile that needs no scope')
  const scopes = [scopeOf(need)]
  return [{ token: scopes }, { sandbox: scopes }]
}

function scopeOf({ type, letter }: NonNullable<DmpRoute['need']>): string {
  return `system/${type}.${letter}`
}

const letters = { c: 'create', r: 'read', u: 'update', d: 'delete', s: 'search' } as const

function securitySchemes(routes: readonly DmpRoute[]): Node {
  const needs = routes.flatMap(({ need }) => (need ? [need] : []))
  const scopes = new Map(needs.map((need) => [scopeOf(need), `${letters[need.letter]} of ${need.type}`]))
  return {
    token: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'Access token of a trusted issuer (RFC 9068), with the claims of docs/api.md "Tokens", bound to the client ' +
        'certificate outside the sandbox (RFC 8705). SMART v2 scopes: `system/`, `user/` and `patient/` are taken alike; ' +
        'those of DocumentReference may be narrowed by `?type=` and `?category=`.',
    },
    sandbox: {
      type: 'oauth2',
      description:
        'Sandbox only: a token for anybody. The body parameter `persona` says for whom; `npx dmp token` fills it in.',
      flows: {
        clientCredentials: {
          tokenUrl: '/sandbox/oidc/token',
          scopes: Object.fromEntries([...scopes].sort(([a], [b]) => (a < b ? -1 : 1))),
        },
      },
    },
  }
}
