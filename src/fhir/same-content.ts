/**
 * Whether an update would change nothing: two resources are the same but for what the server writes itself,
 * `meta.versionId` and `meta.lastUpdated`. The order of properties is no content; the digits of a decimal are (1.0 says
 * another precision than 1.00), and so is the order of a list.
 * @see https://hl7.org/fhir/R4/http.html#update and https://hl7.org/fhir/R4/resource.html#Meta
 */
import { isJsonObject, type JsonObject } from './json.ts'
import { sameDigits, sameJson } from './json-equality.ts'

export function sameContent(a: JsonObject, b: JsonObject): boolean {
  return sameJson(withoutServerMeta(a), withoutServerMeta(b), sameDigits)
}

/** A `meta` that holds nothing else is left out: a client that sends none has sent the same. */
function withoutServerMeta(resource: JsonObject): JsonObject {
  const { meta, ...content } = resource
  if (meta === undefined) return content
  if (!isJsonObject(meta)) return resource
  const { versionId, lastUpdated, ...kept } = meta
  return Object.keys(kept).length === 0 ? content : { ...content, meta: kept }
}
