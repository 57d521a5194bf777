/**
 * The operations of a FHIRPath Patch, read from its Parameters and checked before any is applied.
 * @see https://hl7.org/fhir/R4/fhirpatch.html#concept
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { JsonObject } from '../../fhir/json.ts'
import {
  integerParameter,
  type OperationParameter,
  type OperationParameters,
  readParameters,
  refuseUnknown,
  singleParameter,
  textParameter,
} from '../../fhir/operation-parameters.ts'
import { malformed } from './patch-fault.ts'

export type PatchOperation = { readonly path: string } & (
  | { readonly type: 'add'; readonly name: string; readonly value: OperationParameter }
  | { readonly type: 'insert'; readonly at: number; readonly value: OperationParameter }
  | { readonly type: 'delete' }
  | { readonly type: 'replace'; readonly value: OperationParameter }
  | { readonly type: 'move'; readonly source: number; readonly destination: number }
)

export const maxOperations = 1000
/** Of a path. Longer than any that a person or a program has reason to write. */
export const maxPathLength = 2000

/** @throws FhirError 400 on a malformed patch, 413 on too many operations */
export function readPatchOperations(parameters: JsonObject): readonly PatchOperation[] {
  const named = readParameters(parameters)
  refuseUnknown(named, ['operation'])
  const operations = named.get('operation') ?? []
  if (operations.length > maxOperations) {
    throw refusal('too-long', 'trop-long', { params: { what: 'Parameters.parameter', limit: maxOperations } })
  }
  return operations.map(({ parts }, index) => readOperation(parts, index))
}

const knownParts = ['type', 'path', 'name', 'value', 'index', 'source', 'destination']

function readOperation(parts: OperationParameters, index: number): PatchOperation {
  refuseUnknown(parts, knownParts)
  const need = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw malformed(index, what)
    return value
  }
  const position = (name: string): number => {
    const value = need(integerParameter(parts, name), name)
    if (value < 0) throw malformed(index, `${name} ≥ 0`)
    return value
  }
  const value = (): OperationParameter => need(singleParameter(parts, 'value'), 'value')
  const path = need(textParameter(parts, 'path'), 'path')
  if (path.length > maxPathLength) {
    throw refusal('too-long', 'trop-long', { params: { what: 'path', limit: maxPathLength } })
  }
  const type = textParameter(parts, 'type')
  switch (type) {
    case 'add':
      return { type, path, name: need(textParameter(parts, 'name'), 'name'), value: value() }
    case 'insert':
      return { type, path, at: position('index'), value: value() }
    case 'delete':
      return { type, path }
    case 'replace':
      return { type, path, value: value() }
    case 'move':
      return { type, path, source: position('source'), destination: position('destination') }
    default:
      throw malformed(index, 'type: add | insert | delete | replace | move')
  }
}
