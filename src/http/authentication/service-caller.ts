/**
 * What a caller is by its software: the patient's own, or a third-party service that the operator has registered. A service
 * calls for a patient, or who acts for one, for a purpose that it is registered for, and no wider than its registration.
 * A software of patients that is neither is refused where the operator has said which are its own.
 * @see docs/policy.md S1; docs/services.md
 *
 * NOT checked here: what the patient has opened to it. That is the record's matter, at each request.
 */
import type { Caller } from '../../policy/caller.ts'
import { scopesWithin, type ThirdPartyServices } from '../../policy/third-party-service.ts'
import { tokenRefused } from './token-refusals.ts'

/** @throws FhirError 401 that names the claim at fault */
export function asService(caller: Caller, { all, own }: ThirdPartyServices): Caller {
  const callsForPatient = caller.ins !== undefined
  const service = all.find(({ client }) => client === caller.client)
  if (!service) {
    if (callsForPatient && own && !own.has(caller.client)) throw tokenRefused('client_id')
    return caller
  }
  if (!callsForPatient) throw tokenRefused('dmp.acteur')
  const { purpose } = caller
  if (purpose !== undefined && !service.purposes.includes(purpose)) throw tokenRefused('dmp.finalite')
  return {
    ...caller,
    scopes: scopesWithin(caller.scopes, service.scopes),
    service: { name: service.name, purposes: purpose === undefined ? service.purposes : [purpose] },
  }
}
