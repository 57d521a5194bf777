/**
 * The operations on terminology that this server does, for the router and the CapabilityStatement.
 * @see https://hl7.org/fhir/R4/terminology-service.html
 *
 * Not done: $translate, $closure, $find-matches.
 */
import type { JsonObject } from '../../fhir/json.ts'
import { lookupOperation, subsumesOperation } from './code-system-operations.ts'
import { expandOperation } from './expand-operation.ts'
import type { OperationSetting, TerminologyOperation } from './operation.ts'
import { type OperationRequest, readInputs } from './operation-inputs.ts'
import { validateCodeInCodeSystem, validateCodeInValueSet } from './validate-code-operations.ts'

export const terminologyOperations: readonly TerminologyOperation[] = [
  expandOperation,
  validateCodeInValueSet,
  validateCodeInCodeSystem,
  lookupOperation,
  subsumesOperation,
]

/** Reads the request and answers it. @throws FhirError */
export function answerOperation(
  operation: TerminologyOperation,
  request: OperationRequest,
  setting: OperationSetting,
  instance?: JsonObject,
): JsonObject {
  return operation.run(setting, readInputs(operation.inputs, request), instance)
}
