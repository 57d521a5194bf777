/**
 * The mark of a resource that is not complete: whoever sent it back as an update would lose what was left out.
 * @see https://hl7.org/fhir/R4/search.html#summary and https://hl7.org/fhir/R4/resource.html#simple-tags
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'

const system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'
const code = 'SUBSETTED'

/** An update with such a resource should be refused. */
export function isSubsetted(resource: JsonObject): boolean {
  return tagsOf(resource).some((tag) => isJsonObject(tag) && tag.system === system && tag.code === code)
}

export function withSubsettedTag(resource: JsonObject): JsonObject {
  if (isSubsetted(resource)) return resource
  const meta = isJsonObject(resource.meta) ? resource.meta : {}
  const tag = [...tagsOf(resource), { system, code, display: 'subsetted' }]
  return { ...resource, meta: { ...meta, tag } }
}

function tagsOf({ meta }: JsonObject): readonly JsonValue[] {
  return isJsonObject(meta) && Array.isArray(meta.tag) ? meta.tag : []
}
