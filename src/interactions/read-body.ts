/**
 * The body of a request, as one resource: out of JSON or XML, or as the entry of a Bundle brought it.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */
import { FhirError, refusal } from '../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, type JsonValue, parseJson } from '../fhir/json.ts'
import { parseXml } from '../xml/parse-xml.ts'
import { XmlError, type XmlFault, xmlFaultIssue } from '../xml/xml-fault.ts'
import type { Engine } from './engine.ts'
import type { Body } from './input.ts'

type Reader = Pick<Engine, 'limits' | 'registry'>

/** @throws FhirError 400 without a body, on text that cannot be read, or when it is no resource; 415 for what is no resource */
export function readBody(engine: Reader, body: Body | undefined): JsonObject {
  if (body === undefined) throw refusal('required', 'corps-absent')
  switch (body.format) {
    case 'resource':
      return body.resource
    case 'xml':
      return readXml(engine, body.text)
    case 'json':
      return resourceOf(readJson(engine, body.text))
    case 'json-patch':
    case 'bytes':
      throw refusal('unsupported-media-type', 'format-envoye', {
        params: { formats: 'application/fhir+json, application/fhir+xml' },
      })
  }
}

/** The same, of the one type that the URL asks for. @throws FhirError 400 for any other */
export function readBodyOf(engine: Reader, body: Body | undefined, type: string): JsonObject {
  const resource = readBody(engine, body)
  if (resource.resourceType === type) return resource
  throw refusal('structure', 'type-inattendu', { params: { expected: type }, expression: type })
}

/** @throws FhirError 400 on malformed JSON */
export function readJson(engine: Reader, text: string): JsonValue {
  try {
    return parseJson(text, engine.limits.maxDepth)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const cause = `${error.reason} (${error.offset})`
    throw refusal('structure', 'json-invalide', { params: { cause } })
  }
}

function resourceOf(value: JsonValue): JsonObject {
  if (isJsonObject(value) && typeof value.resourceType === 'string') return value
  throw refusal('structure', 'type-inattendu', { params: { expected: 'FHIR R4' } })
}

/** Reasons that the validator has for JSON too; the others say that the text is no FHIR XML. */
const CONTENT: ReadonlySet<XmlFault['reason']> = new Set<XmlFault['reason']>([
  'unknown-resource',
  'unknown-element',
  'unknown-attribute',
  'empty',
  'repeated',
])

function readXml(engine: Reader, text: string): JsonObject {
  try {
    return parseXml(text, engine.registry, { maxDepth: engine.limits.maxDepth })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    const [first, ...rest] = error.faults
    const category = error.faults.every(({ reason }) => CONTENT.has(reason)) ? 'unprocessable' : 'structure'
    throw new FhirError(category, [xmlFaultIssue(first), ...rest.map(xmlFaultIssue)])
  }
}
