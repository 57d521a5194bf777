/**
 * Reading elements of CodeSystem and ValueSet resources, also of those a client has sent and nobody has validated: an
 * element of another form than FHIR gives it is refused, never skipped. A skipped filter would widen a value set.
 * @see https://hl7.org/fhir/R4/json.html
 */
import { refusal } from '../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject } from '../fhir/json.ts'

function unexpected(name: string, datatype: string): Error {
  return refusal('unprocessable', 'type-attendu', { type: 'structure', params: { name, datatype } })
}

export function textOf(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  if (value === undefined || typeof value === 'string') return value
  throw unexpected(name, 'string')
}

export function flagOf(object: JsonObject, name: string): boolean | undefined {
  const value = object[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw unexpected(name, 'boolean')
}

export function objectOf(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name]
  if (value === undefined || isJsonObject(value)) return value
  throw unexpected(name, 'object')
}

export function objectsOf(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name]
  if (value === undefined) return []
  if (Array.isArray(value) && value.every(isJsonObject)) return value
  throw unexpected(name, 'array of objects')
}

export function textsOf(object: JsonObject, name: string): readonly string[] {
  const value = object[name]
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw unexpected(name, 'array of strings')
}
