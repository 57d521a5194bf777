/**
 * JSON Patch on a resource.
 * @see RFC 6902 and https://hl7.org/fhir/R4/http.html#patch
 *
 * Our own and not npm `rfc6902`: that one copies and compares with means that do not know `Decimal` (a copied 1.10 would
 * lose its class, a `test` of 1.0 against 1.00 fail), and bounds neither copies nor depth. The RFC is two pages, and final.
 *
 * Lists and objects that the patch leaves empty are taken out at the end. Not checked: that the outcome is a valid
 * resource, and that its id and type are the same (`refuseIdentityChange`): the caller does both.
 */
import { copyJson } from '../fhir/copy-json.ts'
import { refusal } from '../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { sameJson } from '../fhir/json-equality.ts'
import { numericallyEqual } from '../fhir/numerically-equal.ts'
import { withoutEmptyElements } from './empty-elements.ts'
import { type JsonPatchOperation, type Pointer, readJsonPatch } from './json-patch-operations.ts'

/** What `copy` may add, in characters: copying a resource into itself doubles it each time. */
export const maxCopied = 20_000_000
/** What a value counts for besides its text: so 200,000 values at most, a tenth of a second. */
const valueWeight = 100

/** @throws FhirError 400 on a malformed patch, 413 on an oversized one, 422 on one that does not fit the resource */
export function applyJsonPatch(resource: JsonObject, patch: JsonValue): JsonObject {
  const patched = patchJson(resource, patch)
  if (isJsonObject(patched)) return withoutEmptyElements(patched)
  throw refusal('unprocessable', 'type-attendu', { params: { name: 'resource', datatype: 'object' } })
}

/** The same on any JSON, empty lists and objects kept: what the RFC says and no more. */
export function patchJson(document: JsonValue, patch: JsonValue): JsonValue {
  const operations = readJsonPatch(patch)
  // The root is a member of a holder: so it is added to and replaced like any other value.
  const holder: JsonObject = { '': copyJson(document) }
  const budget = { left: maxCopied }
  for (const [index, operation] of operations.entries()) applyOne(holder, operation, index, budget)
  const { '': patched } = holder
  if (patched === undefined) {
    throw refusal('unprocessable', 'patch-cible', {
      params: { index: operations.length - 1, found: 0, expected: 1 },
    })
  }
  refuseDeep(patched, 0)
  return patched
}

type Budget = { left: number }

function applyOne(holder: JsonObject, operation: JsonPatchOperation, index: number, budget: Budget): void {
  const { path } = operation
  switch (operation.op) {
    case 'add':
      add(holder, path, copyJson(operation.value), index)
      break
    case 'remove':
      remove(holder, path, index)
      break
    case 'replace':
      get(holder, path, index)
      set(holder, path, copyJson(operation.value), index)
      break
    case 'move':
      add(holder, path, remove(holder, operation.from, index), index)
      break
    case 'copy': {
      const value = get(holder, operation.from, index)
      spend(budget, value, 0)
      add(holder, path, copyJson(value), index)
      break
    }
    case 'test':
      if (!sameJson(get(holder, path, index), operation.value, numericallyEqual)) {
        throw refusal('unprocessable', 'patch-test', { params: { index } })
      }
  }
}

const INDEX = /^(?:0|[1-9]\d{0,8})$/

/** A list's position, `length` for one behind its end; undefined when the key is none. */
function position(list: readonly JsonValue[], key: string): number | undefined {
  if (key === '-') return list.length
  return INDEX.test(key) ? Number(key) : undefined
}

function nowhere(index: number): Error {
  return refusal('unprocessable', 'patch-cible', { params: { index, found: 0, expected: 1 } })
}

function outside(index: number, last: number): Error {
  return refusal('unprocessable', 'patch-index', { params: { index, last } })
}

/** Own properties only: `constructor` and its like are names as any other. */
function step(value: JsonValue, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return key === '-' ? undefined : value[position(value, key) ?? -1]
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function get(holder: JsonObject, path: Pointer, index: number): JsonValue {
  let value: JsonValue | undefined = holder['']
  for (const key of path) value = value === undefined ? undefined : step(value, key)
  if (value === undefined) throw nowhere(index)
  return value
}

/** Where the last key of the path is to be looked up. */
function parentOf(holder: JsonObject, path: Pointer, index: number): { parent: JsonValue; key: string } {
  const key = path.at(-1)
  if (key === undefined) return { parent: holder, key: '' }
  return { parent: get(holder, path.slice(0, -1), index), key }
}

function add(holder: JsonObject, path: Pointer, value: JsonValue, index: number): void {
  const { parent, key } = parentOf(holder, path, index)
  if (!Array.isArray(parent)) {
    set(holder, path, value, index)
    return
  }
  const at = position(parent, key)
  if (at === undefined || at > parent.length) throw outside(index, parent.length)
  parent.splice(at, 0, value)
}

/** Sets a member, there or not, or an element that is there. */
function set(holder: JsonObject, path: Pointer, value: JsonValue, index: number): void {
  const { parent, key } = parentOf(holder, path, index)
  if (Array.isArray(parent)) parent[Number(key)] = value
  else if (isJsonObject(parent) && key !== '__proto__') parent[key] = value
  else throw nowhere(index)
}

function remove(holder: JsonObject, path: Pointer, index: number): JsonValue {
  const value = get(holder, path, index)
  const { parent, key } = parentOf(holder, path, index)
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else if (isJsonObject(parent)) delete parent[key]
  return value
}

/** Takes what a copy adds from the budget. */
function spend(budget: Budget, value: JsonValue, depth: number): void {
  if (depth > maxNesting) throw tooDeep()
  budget.left -= valueWeight + (typeof value === 'string' ? value.length : 0)
  if (budget.left < 0) {
    throw refusal('too-long', 'trop-long', { params: { what: 'JSON Patch: copy', limit: maxCopied } })
  }
  for (const item of parts(value)) spend(budget, item, depth + 1)
}

/** Values moved below one another could nest without end, and no parser would read them again. */
function refuseDeep(value: JsonValue, depth: number): void {
  if (depth > maxNesting) throw tooDeep()
  for (const item of parts(value)) refuseDeep(item, depth + 1)
}

const maxNesting = 64

function tooDeep(): Error {
  return refusal('too-long', 'trop-long', { params: { what: 'JSON', limit: maxNesting } })
}

function parts(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value
  return isJsonObject(value) ? Object.values(value) : []
}
