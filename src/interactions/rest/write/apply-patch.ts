/**
 * A patch of either kind, applied; type and id stay what they are.
 * @see https://hl7.org/fhir/R4/http.html#patch
 */
import type { Registry } from '../../../definitions/registry.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { applyFhirPathPatch } from '../../../patch/apply-fhirpath-patch.ts'
import { applyJsonPatch } from '../../../patch/apply-json-patch.ts'
import { refuseIdentityChange } from '../../../patch/identity-change.ts'
import type { Patch } from './write-request.ts'

/** @throws FhirError 400 on a malformed patch, 422 on one that does not fit the resource */
export function applyPatch(resource: JsonObject, patch: Patch, registry: Registry): JsonObject {
  const patched =
    patch.kind === 'json'
      ? applyJsonPatch(resource, patch.operations)
      : applyFhirPathPatch(resource, patch.parameters, registry)
  refuseIdentityChange(resource, patched)
  return patched
}
