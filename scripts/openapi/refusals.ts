/**
 * Refusals as responses: an OperationOutcome each. The examples are those of the scenario; of what cannot well be brought
 * about, they are made by the code that refuses, so that their words are those a client gets.
 * @see docs/api.md "Answers", docs/errors.md
 */
import { type FhirError, refusal } from '../../src/fhir/fhir-error.ts'
import { operationOutcome } from '../../src/fhir/outcome.ts'
import { FHIR_JSON } from './examples/exchange.ts'
import { fhirContent, headersOfRefusal, rateHeaders } from './fhir-content.ts'
import { type Node, type RefusalStatus, reference } from './openapi-document.ts'
import type { Scenario } from './with-examples.ts'

type Told = { readonly description: string; readonly example: FhirError; readonly headers?: Node }

const common: Readonly<Record<Exclude<RefusalStatus, 401 | 403 | 404 | 405 | 410 | 416 | 422>, Told>> = {
  400: {
    description: 'The request cannot be understood, or asks for what is not offered',
    example: refusal('invalid', 'parametre-invalide', { params: { name: 'date', form: '2026-01-31' } }),
  },
  406: {
    description: 'None of the formats asked for is served',
    example: refusal('not-acceptable', 'format-demande', {
      params: { formats: 'application/fhir+json, application/fhir+xml' },
    }),
  },
  409: {
    description: 'It contradicts what is there, or another request was faster',
    example: refusal('conflict', 'conflit-concurrent'),
  },
  412: {
    description: 'A precondition does not hold, or a condition has several matches',
    example: refusal('version-conflict', 'version-perimee'),
  },
  413: {
    description: 'The body is too long',
    example: refusal('too-long', 'trop-long', { params: { what: 'body (bytes)', limit: 31_457_280 } }),
  },
  415: {
    description: 'The body is of a format that is not taken here',
    example: refusal('unsupported-media-type', 'format-envoye', {
      params: { formats: 'application/fhir+json' },
    }),
  },
  429: {
    description:
      'The client has used up what it may ask for, or has too much under way on one connection: try again after the seconds of Retry-After',
    example: refusal('throttled', 'trop-de-requetes', { params: { seconds: 1 } }),
    headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 1 } } },
  },
  500: {
    description: 'A fault of the server. The header X-Request-Id is all it says: quote it',
    example: refusal('exception', 'interne'),
  },
  503: {
    description: 'Not able for the moment: try again after the seconds of Retry-After. Nothing was done',
    example: refusal('transient', 'surcharge', { params: { seconds: 2 } }),
    headers: {
      'Retry-After': { description: 'Seconds', schema: { type: 'integer', minimum: 0 } },
    },
  },
}

const challenged: Node = { description: 'RFC 6750, section 3', schema: { type: 'string' } }

const dmp: Readonly<Record<401 | 403 | 404 | 405 | 416 | 422, Told>> = {
  401: {
    description: 'No access token, or one that is not accepted',
    example: refusal('login', 'jeton-absent'),
    headers: { 'WWW-Authenticate': challenged },
  },
  403: {
    description:
      'The scope, a functional right, the authorisation or the choice of the patient stands against it. With the scope ' +
      'that is missing in WWW-Authenticate, when it is that',
    headers: { 'WWW-Authenticate': challenged },
    example: refusal('forbidden', 'autorisation-absente', { rule: 'A1' }),
  },
  404: {
    description: 'It does not exist, or the caller may not know of it: both look the same',
    example: refusal('not-found', 'inconnu'),
  },
  405: {
    description: 'It would change an element that never changes',
    example: refusal('method-not-allowed', 'modification-non-permise', {
      params: { name: 'type' },
      expression: 'DocumentReference.type',
    }),
  },
  416: {
    description: 'The range asked for lies outside the document',
    example: refusal('range-not-satisfiable', 'plage-impossible', { params: { size: 20_480 } }),
    headers: { 'Content-Range': { description: '`bytes */[size]`', schema: { type: 'string' } } },
  },
  422: {
    description: 'Understood and refused: each issue names one fault, and in `expression` the element',
    example: refusal('unprocessable', 'empreinte-fausse', {
      type: 'invalid',
      params: { algorithm: 'SHA-1' },
      expression: 'Bundle.entry[1].resource.content[0].attachment.hash',
    }),
  },
}

const fhir: Readonly<Record<404 | 410 | 422, Told>> = {
  404: { description: 'There is none', example: refusal('not-found', 'inconnu') },
  410: { description: 'It was deleted', example: refusal('deleted', 'supprime') },
  422: {
    description: 'The resource is not valid, or a rule of its profile does not hold',
    example: refusal('unprocessable', 'element-requis', {
      type: 'required',
      params: { name: 'status' },
      expression: 'Observation.status',
    }),
  },
}

export function dmpRefusals(scenario: Scenario): Node {
  return refusals({ ...common, ...dmp }, scenario, rateNames)
}

export function fhirRefusals(scenario: Scenario): Node {
  return refusals({ ...common, ...fhir }, scenario, [])
}

const rateNames = Object.keys(rateHeaders)

/** @param always names of headers that every refusal may have */
function refusals(all: Readonly<Record<number, Told>>, scenario: Scenario, always: readonly string[]): Node {
  return Object.fromEntries(
    Object.entries(all).map(([status, { description, example, headers }]) => {
      if (example.status !== Number(status))
        throw new Error(`The example of ${status} is one of ${example.status}`)
      const own = {
        ...headers,
        ...Object.fromEntries(always.map((name) => [name, reference('headers', name)])),
      }
      const content = fhirContent('OperationOutcome', received(Number(status), scenario) ?? made(example))
      return [`Refused${status}`, { description, headers: headersOfRefusal(own), content }]
    }),
  )
}

/** The first refusal of the scenario that has this status. */
function received(status: number, { exchanges, answers }: Scenario): Node | undefined {
  for (const { name, summary } of exchanges) {
    const { status: got, body, type } = answers[name] ?? {}
    if (got === status && body !== undefined && type === FHIR_JSON)
      return { [name]: { summary, value: body } }
  }
  return undefined
}

/** By the code that refuses: what a test cannot well bring about. */
function made(example: FhirError): Node {
  const value: Node = JSON.parse(operationOutcome(example.issues, 'en'))
  return { refused: { summary: 'As it is put into words', value } }
}
