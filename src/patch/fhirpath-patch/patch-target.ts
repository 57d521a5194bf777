/**
 * What the path of an operation leads to, in the resource that is being changed. The engine's nodes hold the very
 * objects of the resource, so a place found is a place to write.
 * @see https://hl7.org/fhir/R4/fhirpatch.html (the path shall lead to elements of the resource itself)
 */
import type { Registry } from '../../definitions/registry.ts'
import type { TypeDefinition } from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonObject } from '../../fhir/json.ts'
import { compileFhirPath, type Expression, evaluate } from '../../fhirpath/fhirpath.ts'
import { type FhirNode, locationOf, resourceNode } from '../../fhirpath/node.ts'
import { FhirPathError, FhirPathSyntaxError } from '../../fhirpath/syntax.ts'
import { type ElementPlace, readElement, writeElement } from './element-list.ts'
import { badPath, misfit } from './patch-fault.ts'

export type PlacedElement = ElementPlace & { readonly index: number }

/** Keys and positions from the root: what is added deeper could not be read again. */
const maxDepth = 60
/** Values that the paths of one patch may visit: patches are sent by clients. */
const maxVisits = 2_000_000

export class PatchTargets {
  readonly #resource: JsonObject
  readonly #registry: Registry
  readonly #visits = { left: maxVisits }

  constructor(resource: JsonObject, registry: Registry) {
    this.#resource = resource
    this.#registry = registry
  }

  /** @throws FhirError 400 on what is no path, 422 on one that leaves the resource */
  select(path: string, index: number): readonly FhirNode[] {
    const model = this.#registry
    // Made anew for each operation: the one before has changed what the nodes hold.
    const root = resourceNode(this.#resource, model)
    if (!root) throw misfit(index, 'patch-cible', { found: 0, expected: 1 })
    const nodes = evaluatePath(
      compilePath(path, index),
      root,
      { model, resource: root, visits: this.#visits },
      index,
    )
    if (nodes.some((node) => rootOf(node) !== root || locationOf(node).length > maxDepth))
      throw badPath(index)
    return nodes
  }

  /** @throws FhirError 422 unless the path leads to one element */
  selectOne(path: string, index: number): FhirNode {
    const nodes = this.select(path, index)
    const [only] = nodes
    if (!only || nodes.length > 1) throw misfit(index, 'patch-cible', { found: nodes.length, expected: 1 })
    return only
  }

  /** Where an element stands. @throws FhirError 422 for the resource itself, which stands nowhere */
  placeOf(node: FhirNode, index: number): PlacedElement {
    const { parent } = node
    const ownerType = parent && this.typeOf(parent, index)
    const element = ownerType?.properties.get(node.key)?.element
    const owner = parent && ownerOf(parent)
    if (!ownerType || !element || !owner) throw misfit(index, 'patch-cible', { found: 0, expected: 1 })
    return { owner, ownerType, element, index: node.index ?? 0 }
  }

  typeOf(node: FhirNode, index: number): TypeDefinition {
    const type = this.#registry.type(node.type.name)
    if (!type) throw badPath(index)
    return type
  }

  /** The object that holds the elements of a node: for a primitive that of its extensions, made when there is none. */
  objectOf(node: FhirNode, index: number): JsonObject {
    const existing = ownerOf(node)
    if (existing) return existing
    if (node.type.kind !== 'primitive') throw badPath(index)
    const aside: JsonObject = {}
    const place = this.placeOf(node, index)
    const items = readElement(place)
    writeElement(
      place,
      items.map((item, i) => (i === place.index ? { ...item, aside } : item)),
    )
    return aside
  }
}

function compilePath(path: string, index: number): Expression {
  try {
    return compileFhirPath(path, { patterns: false })
  } catch (error) {
    if (error instanceof FhirPathSyntaxError) throw badPath(index)
    throw error
  }
}

function evaluatePath(
  expression: Expression,
  root: FhirNode,
  surroundings: Parameters<typeof evaluate>[2],
  index: number,
): readonly FhirNode[] {
  try {
    return evaluate(expression, root, surroundings)
  } catch (error) {
    if (error instanceof FhirPathError) throw misfit(index, 'patch-chemin', {})
    throw error
  }
}

function rootOf(node: FhirNode): FhirNode {
  let at = node
  while (at.parent) at = at.parent
  return at
}

function ownerOf(node: FhirNode): JsonObject | undefined {
  if (node.type.kind === 'primitive') return node.aside
  return isJsonObject(node.value) ? node.value : undefined
}
