/**
 * Refusals that leave no trace: those of a caller who has just left one, and who would otherwise make the server write as
 * fast as it can send. They are counted (docs/operations.md "Overload", docs/decisions/0019).
 */
import type { FhirError } from '../../fhir/fhir-error.ts'

const untraced = new WeakSet<FhirError>()

export function withoutTrace(refused: FhirError): FhirError {
  untraced.add(refused)
  return refused
}

export function leavesNoTrace(refused: FhirError): boolean {
  return untraced.has(refused)
}
