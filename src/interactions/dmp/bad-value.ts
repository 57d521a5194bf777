/** A parameter whose value cannot be read. The value itself may be personal and is not repeated. */
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'

export function badValue(name: string, form: string): FhirError {
  return refusal('invalid', 'parametre-invalide', { params: { name, form } })
}
