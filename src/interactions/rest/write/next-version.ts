/**
 * A resource as its next version is stored and served: id, version and time are the server's, the rest of `meta` is the
 * client's.
 * @see https://hl7.org/fhir/R4/resource.html#Meta and http.html#update
 */
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'

/** @param lastUpdated milliseconds since 1970 */
export function nextVersion(
  resource: JsonObject,
  id: string,
  version: number,
  lastUpdated: number,
): JsonObject {
  const { resourceType, id: _, meta, ...rest } = resource
  const { versionId: __, lastUpdated: ___, ...kept } = isJsonObject(meta) ? meta : {}
  return {
    ...(resourceType === undefined ? {} : { resourceType }),
    id,
    meta: { versionId: String(version), lastUpdated: new Date(lastUpdated).toISOString(), ...kept },
    ...rest,
  }
}
