/** The body of a request, as one resource of the type that the URL asks for. */
import { refusal } from '../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJson } from '../fhir/json.ts'

/** @throws FhirError 400 without a body, on malformed JSON, or on another resource type */
export function parseBody(body: string | undefined, resourceType: string, maxDepth: number): JsonObject {
  if (body === undefined) throw refusal('required', 'corps-absent')
  let value: unknown
  try {
    value = parseJson(body, maxDepth)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const cause = `${error.reason} (${error.offset})`
    throw refusal('structure', 'json-invalide', { params: { cause } })
  }
  if (!isJsonObject(value) || value.resourceType !== resourceType) {
    throw refusal('structure', 'type-inattendu', {
      params: { expected: resourceType },
      expression: resourceType,
    })
  }
  return value
}
