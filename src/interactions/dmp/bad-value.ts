/** A parameter whose value cannot be read. The value itself may be personal and is not repeated. */
import type { Wording } from '../../fhir/errors/wording.ts'
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'

export function badValue(name: string, form: string | Wording): FhirError {
  return refusal('invalid', 'parametre-invalide', { params: { name, form } })
}
