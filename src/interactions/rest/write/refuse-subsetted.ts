/**
 * A resource that says of itself that it is not complete, as `_summary` and `_elements` give it: stored, it would take
 * away what was left out.
 * @see https://hl7.org/fhir/R4/search.html#elements (servers should refuse it)
 *
 * Not checked: resources inside of a resource, as the entries of a stored Bundle: that Bundle is itself complete.
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { isSubsetted } from '../../../projection/subsetted.ts'

/** @throws FhirError 422 */
export function refuseSubsetted(resource: JsonObject, type: string): void {
  if (!isSubsetted(resource)) return
  throw refusal('unprocessable', 'ressource-partielle', { expression: `${type}.meta.tag` })
}
