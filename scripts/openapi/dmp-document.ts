/**
 * The OpenAPI document of the dmp profile, with the exchanges of its scenario.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import packageJson from '../../package.json' with { type: 'json' }
import type { Registry } from '../../src/definitions/registry.ts'
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { type DmpRoute, dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { accessModes } from '../../src/policy/caller.ts'
import { dmpOperations } from './dmp-operations.ts'
import { callersNode } from './examples/callers.ts'
import { dmpScenario } from './examples/dmp-scenario.ts'
import type { Answers } from './examples/exchange.ts'
import { notModified, rateHeaders, resourceSchema, responseHeaders, withRate } from './fhir-content.ts'
import { type Described, described, type Node, openApiDocument, type Words } from './openapi-document.ts'
import {
  everyRequest,
  formatParameters,
  header,
  pathId,
  pathVersion,
  requestHeaders,
  searchSchemas,
  versionTag,
} from './parameters.ts'
import {
  habilitationOperation,
  publicOperations,
  sealKeysOperation,
  smartOperation,
} from './public-operations.ts'
import { dmpRefusals } from './refusals.ts'
import { resourceSchemas } from './resource-schemas.ts'

const description = `
FHIR R4 (4.0.1) server of the French shared medical record (dossier médical partagé): documents by IHE MHD in the
profiles of the ANS (PDSm), record by record, under the rules of the DMP. \`docs/api.md\` says the same in prose;
\`GET /metadata\` says it to FHIR clients.

Every request but the public ones brings an access token and leaves a trace. Ids begin with that of the record and hold
no INS. Bodies and answers are JSON or XML. \`GET\` may be \`HEAD\`. Further pages are found by the link \`next\`
only.

**Refusals** are OperationOutcomes, one issue for each fault: \`details.coding\` of system
\`https://dmp-fhir.example/CodeSystem/erreur\` is the stable part (docs/errors.md has them all, and what to do); the
words are French, or English for \`Accept-Language: en\`. Any path that is not told of is 404 \`inconnu\`, and a known
one with another method 405 with \`Allow\`. What is not HTTP (400), has headers that are too long (431) or never comes whole
(408) is refused on the connection itself.

**Search values** are written as FHIR has it: \`system|code\`, a prefix before a date, alternatives by comma, modifiers
behind a colon (\`author:identifier\`), chains by a dot. Which modifiers a parameter takes: \`GET /metadata\`.

**Examples** are requests that were sent and answers that were received: \`x-requests\` of each operation has them whole,
\`step\` tells their order in one story that begins with an empty server, \`as\` who asks (\`x-callers\`, with the
command that prints a sandbox token for it). Ids are stable names for what each server draws anew: take those that an
earlier step was answered. A test sends them all, in every build.
`.trim()

const sharedHeaders: Readonly<Record<string, Node>> = {
  ...requestHeaders,
  'DMP-Mode-Acces': header(
    'DMP-Mode-Acces',
    'Access mode (JDV_J38): `bris_de_glace` in an emergency, `centre_15` for the medical dispatch (rules A7 to A10)',
    { type: 'string', enum: [...accessModes], default: 'normal' },
  ),
  'DMP-Motif': header(
    'DMP-Motif',
    'Why, in an emergency: 10 to 500 characters, UTF-8 percent-encoded. Must agree with that of the token',
    { type: 'string', maxLength: 4000, pattern: '^[ -~]*$' },
  ),
  'If-Match': header(
    'If-Match',
    'Version that must be the current one, as `W/"1"`; 412 when it is not',
    versionTag,
  ),
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

/** FHIR's own description of itself, and of indicators, in the few lines that matter here. */
const describedElsewhere = ['CapabilityStatement', 'Measure'] as const
const resourceTypes = [
  'Appointment',
  'AuditEvent',
  'Binary',
  'Bundle',
  'CareTeam',
  'Communication',
  'Consent',
  'DocumentReference',
  'List',
  'MeasureReport',
  'OperationOutcome',
  'Parameters',
  'Patient',
  'Provenance',
  'Subscription',
] as const

/** In the order in which a reader meets them; the transactions of the DMP stand beside. */
const tags = [
  { name: 'Records', description: 'Find, open and close a record: TD0.2, TD0.4, TD0.5, TD1.3' },
  { name: 'Choices', description: 'Authorise, block, and what else the patient decides: TD0.3, TD1.6' },
  { name: 'Deposit', description: 'Send documents (alimentation): TD2.1; ITI-65, ITI-105, ITI-106' },
  {
    name: 'Documents',
    description: 'Find, fetch and verify documents (consultation): TD3.1, TD3.2; ITI-66 to ITI-68',
  },
  { name: 'Changes', description: 'Mask, show, archive, delete a document; follow what changed: TD3.3' },
  { name: 'Subscriptions', description: 'Be told of what comes into a record' },
  {
    name: 'Neighbours',
    description: 'Messages about documents, appointments (docs/messages.md, docs/appointments.md)',
  },
  { name: 'Traces', description: 'Who did what, and who may (T4)' },
  { name: 'Indicators', description: 'How the whole is used' },
  { name: 'Public', description: 'Without a token, about nobody' },
]

/** Every operation of the profile, with what all of them have. */
export function dmpDescribed(searches: DmpEngine['searches']): readonly Described[] {
  return [
    ...described(dmpRoutes, dmpOperations(searches)).map(({ route, path, words }) => ({
      method: route.method,
      path,
      words: withShared(words),
      security: securityOf(route),
    })),
    ...publicOperations,
    smartOperation,
    habilitationOperation,
    sealKeysOperation,
  ]
}

export function dmpDocument(searches: DmpEngine['searches'], registry: Registry, answers: Answers): Node {
  const scenario = { exchanges: dmpScenario, answers }
  return openApiDocument({
    info: {
      title: 'DMP, FHIR R4',
      version: packageJson.version,
      summary: 'Documents and choices of a patient in the dossier médical partagé',
      description,
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    more: { 'x-callers': callersNode() },
    tags,
    operations: dmpDescribed(searches),
    scenario,
    components: {
      securitySchemes: securitySchemes(dmpRoutes),
      parameters: { 'path.id': pathId, 'path.version': pathVersion, ...sharedHeaders, ...formatParameters },
      headers: { ...responseHeaders, ...rateHeaders },
      responses: { NotModified: withRate(notModified), ...dmpRefusals(scenario) },
      schemas: {
        ...Object.fromEntries(describedElsewhere.map((type) => [type, resourceSchema(type)])),
        ...resourceSchemas(registry, resourceTypes),
        ...searchSchemas(Object.values(searches).flatMap(({ parameters }) => [...parameters.values()])),
      },
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
    parameters: [...(words.parameters ?? []), ...onEveryRequest.filter((name) => !isAmong(name, words))],
    refusals: [400, 401, 403, 406, 429, 500, 503, ...(words.refusals ?? [])],
  }
}

/** An operation may have a parameter of that name that is its own. */
function isAmong(name: string, { parameters = [] }: Words): boolean {
  return parameters.some((parameter) => typeof parameter !== 'string' && parameter.name === name)
}

function securityOf({ need }: DmpRoute): readonly Node[] {
  if (!need) throw new Error('A route of the dmp profile that needs no scope')
  const scopes = [scopeOf(need)]
  return [{ token: scopes, certificate: [] }, { sandbox: scopes }]
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
    certificate: {
      type: 'mutualTLS',
      description:
        'The certificate of the client software (IGC-Santé); the token is bound to it (RFC 8705, `cnf.x5t#S256`). By the ' +
        'server itself, or by a proxy that passes it on.',
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
