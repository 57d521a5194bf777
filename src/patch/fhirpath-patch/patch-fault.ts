/**
 * The refusals of a FHIRPath Patch. None repeats a path: a filter may hold an identifier or a name.
 * @see https://hl7.org/fhir/R4/fhirpatch.html and rule I4 of docs/policy.md (nothing personal in errors)
 */
import type { ErrorCode } from '../../fhir/error-catalogue.ts'
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'

/** Where the fault is: the position of the operation, counted from 0. */
function at(index: number): string {
  return `Parameters.parameter[${index}]`
}

/** The patch itself is not well formed: 400. */
export function malformed(index: number, what: string): FhirError {
  return refusal('structure', 'patch-forme', { params: { index, what }, expression: at(index) })
}

/** Not a FHIRPath expression that can be read: 400. */
export function badPath(index: number): FhirError {
  return refusal('invalid', 'patch-chemin', { params: { index }, expression: at(index) })
}

type Misfit = Extract<ErrorCode, `patch-${string}` | 'element-inconnu'>

/** The patch does not fit the resource: 422. */
export function misfit(
  index: number,
  error: Misfit,
  params: Readonly<Record<string, string | number>>,
): FhirError {
  return refusal('unprocessable', error, { params: { index, ...params }, expression: at(index) })
}
