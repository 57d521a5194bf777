/**
 * The patch that a request brings: a JSON Patch by its media type, a FHIRPath patch as Parameters. In a Bundle a JSON
 * Patch is the data of a Binary.
 * @see https://hl7.org/fhir/R4/http.html#patch and https://hl7.org/fhir/R4/fhirpatch.html
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Exchange } from '../exchange.ts'
import type { Body } from '../input.ts'
import { readBody, readJson } from '../read-body.ts'
import type { RestEngine } from './rest-engine.ts'
import { checked } from './write/checked.ts'
import type { Patch } from './write/write-request.ts'

const JSON_PATCH = 'application/json-patch+json'

/** @throws FhirError 400 when it is no patch, 422 for Parameters that are not valid */
export function readPatch(engine: RestEngine, exchange: Exchange, body: Body | undefined): Patch {
  if (body?.format === 'json-patch') return { kind: 'json', operations: readJson(engine, body.text) }
  const resource = readBody(engine, body)
  const { resourceType, contentType, data } = resource
  if (resourceType === 'Parameters') {
    checked(engine, exchange, resource)
    return { kind: 'fhirpath', parameters: resource }
  }
  const inBundle = body?.format === 'resource' && resourceType === 'Binary'
  if (inBundle && contentType === JSON_PATCH && typeof data === 'string') {
    return { kind: 'json', operations: readJson(engine, Buffer.from(data, 'base64').toString('utf8')) }
  }
  throw refusal('structure', 'type-inattendu', {
    params: { expected: inBundle ? `Binary (${JSON_PATCH})` : 'Parameters' },
  })
}
