/**
 * What a patch may not touch: the type and the id of the resource.
 * @see https://hl7.org/fhir/R4/http.html#patch and https://hl7.org/fhir/R4/resource.html (id never changes)
 *
 * `meta.versionId` and `meta.lastUpdated` are not looked at: the server writes them itself.
 */
import { refusal } from '../fhir/fhir-error.ts'
import type { JsonObject } from '../fhir/json.ts'

/** The element that differs, or undefined. */
export function identityChange(before: JsonObject, after: JsonObject): 'resourceType' | 'id' | undefined {
  if (before.resourceType !== after.resourceType) return 'resourceType'
  return before.id === after.id ? undefined : 'id'
}

/** @throws FhirError 422 */
export function refuseIdentityChange(before: JsonObject, after: JsonObject): void {
  const name = identityChange(before, after)
  if (name === undefined) return
  throw refusal('unprocessable', 'patch-identite', { params: { name }, expression: name })
}
