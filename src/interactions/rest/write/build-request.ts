/**
 * The requests to write, made from what was sent: type and id agree with the URL. The same for a request of its own and
 * for an entry of a transaction. A resource is not a part of one. Whether it is valid is checked apart.
 * @see https://hl7.org/fhir/R4/http.html#create, #update, #patch, #delete
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import type { Pairs } from '../../query.ts'
import { refuseSubsetted } from './refuse-subsetted.ts'
import type { Patch, WriteRequest } from './write-request.ts'

/** What every write may say beside its content. */
export type Particulars = Pick<WriteRequest, 'type' | 'at' | 'ifMatch' | 'ifNoneMatch'>
/** How an existing resource is addressed: by one of the two. */
export type Address = Pick<WriteRequest, 'id' | 'condition'>

/** @param ifNoneExist the header: the query of a search */
export function createRequest(
  particulars: Particulars,
  resource: JsonObject,
  ifNoneExist: string | undefined,
): WriteRequest {
  refuseOtherType(resource, particulars.type)
  refuseSubsetted(resource, particulars.type)
  return {
    ...particulars,
    ...(ifNoneExist === undefined ? {} : { condition: conditionOf(ifNoneExist, particulars.type) }),
    change: { method: 'POST', resource },
  }
}

/** @throws FhirError 400 when the id in the body is not that of the URL */
export function updateRequest(
  particulars: Particulars,
  address: Address,
  resource: JsonObject,
): WriteRequest {
  const { type } = particulars
  refuseOtherType(resource, type)
  if (address.id !== undefined && resource.id !== address.id) {
    throw refusal('invalid', 'id-divergent', { type: 'value', expression: `${type}.id` })
  }
  refuseSubsetted(resource, type)
  return {
    ...particulars,
    ...address,
    change: { method: 'PUT', resource },
  }
}

export function patchRequest(particulars: Particulars, address: Address, patch: Patch): WriteRequest {
  return { ...particulars, ...address, change: { method: 'PATCH', patch } }
}

export function deleteRequest(particulars: Particulars, address: Address): WriteRequest {
  return { ...particulars, ...address, change: { method: 'DELETE' } }
}

function refuseOtherType(resource: JsonObject, type: string): void {
  if (resource.resourceType === type) return
  throw refusal('structure', 'type-inattendu', { params: { expected: type }, expression: type })
}

/** If-None-Exist is the part of a URL behind the question mark; some send that too, and the type before it. */
function conditionOf(ifNoneExist: string, type: string): Pairs {
  const text = ifNoneExist.startsWith(`${type}?`) ? ifNoneExist.slice(type.length) : ifNoneExist
  return [...new URLSearchParams(text)]
}
