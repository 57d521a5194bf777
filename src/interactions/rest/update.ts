/**
 * update of a resource by its id, or by a condition (`PUT Patient?identifier=…`); one that is not there is created, where
 * the settings allow a client to choose ids.
 * @see https://hl7.org/fhir/R4/http.html#update, #upsert, #cond-update
 */
import { readBody } from '../read-body.ts'
import { addressed } from './write/addressed.ts'
import { updateRequest } from './write/build-request.ts'

export const { byId: update, byCondition: conditionalUpdate } = addressed(
  (engine, _exchange, { body }, particulars, address) =>
    updateRequest(particulars, address, readBody(engine, body)),
)
