/**
 * An operation on terminology as a value: its name and inputs for the CapabilityStatement and the router, and the
 * function that answers it.
 * @see https://hl7.org/fhir/R4/terminology-service.html
 */
import type { Language } from '../../fhir/error-catalogue.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { CodeSource, TerminologyType } from '../code-source.ts'
import type { OperationInput, OperationInputs } from './operation-inputs.ts'

export type OperationSetting = {
  readonly source: CodeSource
  readonly language: Language
  /** Milliseconds since 1970. */
  readonly now: number
  /** A URI of its own for an expansion, as `urn:uuid:…`. */
  readonly expansionId: string
}

export type TerminologyOperation = {
  readonly type: TerminologyType
  /** Without `$`. */
  readonly name: string
  /** Whether it may be invoked on one resource: `/ValueSet/[id]/$expand`. On the type it always may. */
  readonly instance: boolean
  /** URL of the OperationDefinition. */
  readonly definition: string
  readonly inputs: readonly OperationInput[]
  /** @param instance the resource it is invoked on. @throws FhirError */
  readonly run: (setting: OperationSetting, inputs: OperationInputs, instance?: JsonObject) => JsonObject
}
