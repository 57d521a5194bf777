/**
 * The type of what a reference leads to, as far as the reference tells it: this server does not resolve references
 * while it indexes.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

const RESTFUL = /(?:^|\/)([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/** From `reference` (`Patient/1`, an absolute RESTful URL, `#id` of a contained resource), else from `type`. */
export function referenceType(value: JsonValue, resource: JsonObject): string | undefined {
  if (!isJsonObject(value)) return undefined
  const { reference, type } = value
  if (typeof reference === 'string') {
    const found = reference.startsWith('#')
      ? containedType(reference.slice(1), resource)
      : RESTFUL.exec(reference)?.[1]
    if (found !== undefined) return found
  }
  return typeof type === 'string' ? type : undefined
}

function containedType(id: string, resource: JsonObject): string | undefined {
  const { contained } = resource
  if (!Array.isArray(contained)) return undefined
  for (const item of contained) {
    if (isJsonObject(item) && item.id === id) {
      return typeof item.resourceType === 'string' ? item.resourceType : undefined
    }
  }
  return undefined
}
