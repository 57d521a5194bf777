/** What a write says in its path and headers. */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Input } from '../../input.ts'
import type { Address, Particulars } from './build-request.ts'

/** @see https://hl7.org/fhir/R4/datatypes.html#id */
const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** @throws FhirError 400 for an id that can be none */
export function idOf({ id }: Pick<Input, 'id'>): Address {
  if (ID.test(id)) return { id }
  const params = { name: 'id', cause: '[A-Za-z0-9-.]{1,64}' }
  throw refusal('invalid', 'valeur-invalide', { type: 'value', params })
}

export function particularsOf({ type, ifMatch, ifNoneMatch }: Input): Particulars {
  return {
    type,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
}
