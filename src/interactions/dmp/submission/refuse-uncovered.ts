/**
 * A token whose scope is narrowed (`DocumentReference.c?type=…`) deposits what it covers, and nothing else.
 * @see src/policy/scope-narrowing.ts
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { DocumentTypes } from '../../../dmp/codes/document-types.ts'
import { documentTypeOf } from '../../../dmp/documents/document-type-check.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { coveredTypes } from '../../../policy/scope-narrowing.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

/** @param document whose type is known to be one @throws FhirError 403 */
export function refuseUncovered(
  document: DocumentReference,
  { covered }: Pick<DmpExchange, 'covered'>,
  types: DocumentTypes,
  expression: string,
): void {
  const left = coveredTypes(covered, types)
  if (left === 'every') return
  const read = documentTypeOf(document.type, types)
  if ('type' in read && left.has(`${read.type.system}|${read.type.code}`)) return
  throw refusal('forbidden', 'portee-insuffisante', {
    params: { need: 'DocumentReference.c' },
    expression: `${expression}.type`,
  })
}
