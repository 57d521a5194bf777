/**
 * patch of a resource by its id, or by a condition.
 * @see https://hl7.org/fhir/R4/http.html#patch
 */
import { readPatch } from './read-patch.ts'
import { addressed } from './write/addressed.ts'
import { patchRequest } from './write/build-request.ts'

export const { byId: patch, byCondition: conditionalPatch } = addressed(
  (engine, exchange, { body }, particulars, address) =>
    patchRequest(particulars, address, readPatch(engine, exchange, body)),
)
