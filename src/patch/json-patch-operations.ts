/**
 * The operations of a JSON Patch document, read and checked before any is applied.
 * @see RFC 6902 sections 3 and 4
 */
import { refusal } from '../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { parsePointer } from './json-pointer.ts'

export type Pointer = readonly string[]

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly from: Pointer; readonly path: Pointer }

export const maxOperations = 1000

/** @throws FhirError 400 on a malformed document, 413 on too many operations */
export function readJsonPatch(patch: JsonValue): readonly JsonPatchOperation[] {
  if (!Array.isArray(patch)) {
    throw refusal('structure', 'type-attendu', { params: { name: 'JSON Patch', datatype: 'array' } })
  }
  if (patch.length > maxOperations) {
    throw refusal('too-long', 'trop-long', { params: { what: 'JSON Patch', limit: maxOperations } })
  }
  return patch.map(readOperation)
}

function readOperation(item: JsonValue, index: number): JsonPatchOperation {
  const expected = (what: string): Error => refusal('structure', 'patch-forme', { params: { index, what } })
  const pointer = (holder: JsonObject, name: string): Pointer => {
    const text = Object.hasOwn(holder, name) ? holder[name] : undefined
    const keys = typeof text === 'string' ? parsePointer(text) : undefined
    if (keys === undefined) throw expected(`${name} (RFC 6901)`)
    return keys
  }
  if (!isJsonObject(item)) throw expected('{ op, path }')
  const { op } = item
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const path = pointer(item, 'path')
      const { value } = item
      if (value === undefined) throw expected('value')
      return { op, path, value }
    }
    case 'remove':
      return { op, path: pointer(item, 'path') }
    case 'move':
    case 'copy': {
      const from = pointer(item, 'from')
      const path = pointer(item, 'path')
      // RFC 6902 4.4: nothing can be moved into itself.
      if (op === 'move' && from.length < path.length && from.every((key, i) => key === path[i])) {
        throw expected('from ≠ path/…')
      }
      return { op, from, path }
    }
    default:
      throw expected('op: add | remove | replace | move | copy | test')
  }
}
