/**
 * FHIRPath Patch on a resource: add, insert, delete, replace, move, in the order they are given, all or none.
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 *
 * Elements that the patch leaves empty are taken out at the end. Not checked: that the outcome is a valid resource, and
 * that its id and type are the same (`refuseIdentityChange`): the caller does both.
 */
import type { Registry } from '../definitions/registry.ts'
import { copyJson } from '../fhir/copy-json.ts'
import type { JsonObject } from '../fhir/json.ts'
import type { OperationParameter } from '../fhir/operation-parameters.ts'
import { withoutEmptyElements } from './empty-elements.ts'
import {
  type ElementItem,
  type ElementPlace,
  readElement,
  writeElement,
} from './fhirpath-patch/element-list.ts'
import { elementNamed } from './fhirpath-patch/element-named.ts'
import { elementValue } from './fhirpath-patch/element-value.ts'
import { misfit } from './fhirpath-patch/patch-fault.ts'
import { PatchTargets } from './fhirpath-patch/patch-target.ts'
import { type PatchOperation, readPatchOperations } from './fhirpath-patch/read-patch-operations.ts'

/** @throws FhirError 400 on a malformed patch, 413 on an oversized one, 422 on one that does not fit the resource */
export function applyFhirPathPatch(
  resource: JsonObject,
  parameters: JsonObject,
  registry: Registry,
): JsonObject {
  const operations = readPatchOperations(parameters)
  const patched = copyJson(resource)
  const patch = { targets: new PatchTargets(patched, registry), registry }
  for (const [index, operation] of operations.entries()) applyOne(patch, operation, index)
  return withoutEmptyElements(patched)
}

type Patch = { readonly targets: PatchTargets; readonly registry: Registry }

function applyOne(patch: Patch, operation: PatchOperation, index: number): void {
  switch (operation.type) {
    case 'add':
      add(patch, operation.path, operation.name, operation.value, index)
      break
    case 'insert':
      insert(patch, operation.path, operation.at, operation.value, index)
      break
    case 'delete':
      remove(patch, operation.path, index)
      break
    case 'replace':
      replace(patch, operation.path, operation.value, index)
      break
    case 'move':
      move(patch, operation.path, operation.source, operation.destination, index)
      break
  }
}

function add(
  { targets, registry }: Patch,
  path: string,
  name: string,
  value: OperationParameter,
  index: number,
): void {
  const target = targets.selectOne(path, index)
  const ownerType = targets.typeOf(target, index)
  const element = elementNamed(name, ownerType, index)
  const item = elementValue(value, { ownerType, element }, index, registry)
  insertInto({ owner: targets.objectOf(target, index), ownerType, element }, undefined, item, index)
}

/** @param at undefined: at the end */
function insertInto(place: ElementPlace, at: number | undefined, item: ElementItem, index: number): void {
  const items = readElement(place)
  const position = at ?? items.length
  if (position > items.length) throw misfit(index, 'patch-index', { last: items.length })
  if (items.length >= place.element.max) throw misfit(index, 'patch-existe', { name: place.element.path })
  items.splice(position, 0, item)
  writeElement(place, items)
}

function insert(patch: Patch, path: string, at: number, value: OperationParameter, index: number): void {
  const place = listAt(patch, path, index)
  insertInto(place, at, elementValue(value, place, index, patch.registry), index)
}

function remove({ targets }: Patch, path: string, index: number): void {
  const nodes = targets.select(path, index)
  const [only] = nodes
  if (!only) return
  if (nodes.length > 1) throw misfit(index, 'patch-cible', { found: nodes.length, expected: '0 | 1' })
  const place = targets.placeOf(only, index)
  const items = readElement(place)
  items.splice(place.index, 1)
  writeElement(place, items)
}

function replace({ targets, registry }: Patch, path: string, value: OperationParameter, index: number): void {
  const place = targets.placeOf(targets.selectOne(path, index), index)
  const item = elementValue(value, place, index, registry)
  const items = readElement(place)
  items[place.index] = item
  writeElement(place, items)
}

function move(patch: Patch, path: string, source: number, destination: number, index: number): void {
  const place = listAt(patch, path, index)
  const items = readElement(place)
  const [item] = items.splice(source, 1)
  if (!item || destination > items.length) {
    throw misfit(index, 'patch-index', { last: item ? items.length : items.length - 1 })
  }
  items.splice(destination, 0, item)
  writeElement(place, items)
}

const LAST_STEP = /^(.*)\.\s*(?:`([A-Za-z]+)`|([A-Za-z][A-Za-z0-9]*))\s*$/s

/** The list that a path names as a whole: all values of one element of one object, or an element that has none yet. */
function listAt({ targets }: Patch, path: string, index: number): ElementPlace {
  const nodes = targets.select(path, index)
  const [first] = nodes
  if (first) {
    const place = targets.placeOf(first, index)
    const isWhole =
      nodes.every(({ parent }) => parent === first.parent) && nodes.length === readElement(place).length
    if (!isWhole) throw misfit(index, 'patch-cible', { found: nodes.length, expected: 'Type.element' })
    return place
  }
  const [, parentPath, quoted, plain] = LAST_STEP.exec(path) ?? []
  const name = quoted ?? plain
  if (parentPath === undefined || name === undefined) {
    throw misfit(index, 'patch-cible', { found: 0, expected: 'Type.element' })
  }
  const parent = targets.selectOne(parentPath, index)
  const ownerType = targets.typeOf(parent, index)
  const element = elementNamed(name, ownerType, index)
  return { owner: targets.objectOf(parent, index), ownerType, element }
}
