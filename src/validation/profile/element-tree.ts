/**
 * The elements of a StructureDefinition as a tree, slices beside the element that they slice. A snapshot is taken as it
 * is; without one, the differential is laid over the tree of the base profile.
 * @see https://hl7.org/fhir/R4/elementdefinition.html#id and profiling.html#snapshot
 *
 * Not done: slices of slices (`a/b`), which are left out and told.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { ElementDefinition, TypeDefinition } from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type ElementNode = {
  /** Without `[x]`. */
  readonly name: string
  readonly slice: string | undefined
  /** What the profile, and those that it is based on, say of the element. */
  definition: JsonObject
  /** What the base specification says of it; absent where its type is open. */
  readonly element: ElementDefinition | undefined
  /** Types of the value in the base specification, those only that the profile admits. */
  types: readonly TypeDefinition[]
  readonly children: Map<string, ElementNode>
  readonly slices: Map<string, ElementNode>
}

export type Sources = {
  readonly registry: Registry
  structureDefinition(url: string): JsonObject | undefined
}

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

export class ProfileError extends Error {
  override readonly name = 'ProfileError'
}

/** @param leftOut told what could not be put into the tree */
export function buildTree(
  structure: JsonObject,
  sources: Sources,
  leftOut: (what: string) => void,
  above: readonly string[] = [],
): ElementNode {
  const url = String(structure.url)
  if (above.includes(url)) throw new ProfileError(`${url} is based on itself`)
  const snapshot = elementsOf(structure.snapshot)
  const tree =
    snapshot.length > 0
      ? blankTree(structure, sources.registry)
      : baseTree(structure, sources, leftOut, [...above, url])
  const elements = snapshot.length > 0 ? snapshot : elementsOf(structure.differential)
  for (const element of elements) lay(element, tree, leftOut)
  return tree
}

function elementsOf(view: JsonValue | undefined): JsonObject[] {
  return isJsonObject(view) && Array.isArray(view.element) ? view.element.filter(isJsonObject) : []
}

function blankTree(structure: JsonObject, registry: Registry): ElementNode {
  const type = typeof structure.type === 'string' ? registry.type(structure.type) : undefined
  if (!type) throw new ProfileError(`${String(structure.url)}: type ${String(structure.type)} is not of R4`)
  return { ...newNode(type.name, undefined, undefined), types: [type] }
}

function baseTree(
  structure: JsonObject,
  sources: Sources,
  leftOut: (what: string) => void,
  above: readonly string[],
): ElementNode {
  const url = String(structure.baseDefinition)
  const base = sources.structureDefinition(url)
  if (base) return buildTree(base, sources, leftOut, above)
  if (!url.startsWith(CORE) || !sources.registry.type(url.slice(CORE.length))) {
    throw new ProfileError(`${String(structure.url)}: its base ${url} is not known`)
  }
  return blankTree(structure, sources.registry)
}

function newNode(
  name: string,
  slice: string | undefined,
  element: ElementDefinition | undefined,
): ElementNode {
  return {
    name,
    slice,
    definition: {},
    element,
    types: element?.types ?? [],
    children: new Map(),
    slices: new Map(),
  }
}

type Step = { readonly name: string; readonly slice: string | undefined }

function lay(definition: JsonObject, root: ElementNode, leftOut: (what: string) => void): void {
  const steps = stepsOf(definition)
  let node = root
  for (const step of steps) {
    if (step.slice?.includes('/')) {
      leftOut(`${String(definition.id)}: slices of slices`)
      return
    }
    node = descend(node, step)
  }
  node.definition = merged(node.definition, definition)
  node.types = admitted(node)
}

/** The path below the root, with the slices that the id names, or `sliceName` where there is no id. */
function stepsOf(definition: JsonObject): Step[] {
  const { path, id, sliceName } = definition
  if (typeof path !== 'string') throw new ProfileError('an element without path')
  const names = path.split('.')
  if (typeof id !== 'string' || !id.includes(':')) {
    return names.slice(1).map((name, i, all) => ({
      name,
      slice: i === all.length - 1 && typeof sliceName === 'string' ? sliceName : undefined,
    }))
  }
  const steps: Step[] = []
  let rest = id
  for (const [i, name] of names.entries()) {
    const next = names[i + 1]
    // The name of a slice may hold a dot: it ends where the next name of the path begins.
    const end = next === undefined ? rest.length : rest.indexOf(`.${next}`, name.length)
    const own = rest.slice(0, end < 0 ? rest.length : end)
    const colon = own.indexOf(':')
    if (i > 0) steps.push({ name, slice: colon < 0 ? undefined : own.slice(colon + 1) })
    rest = end < 0 ? '' : rest.slice(end + 1)
  }
  return steps
}

function descend(parent: ElementNode, { name, slice }: Step): ElementNode {
  const { plain, choice } = elementNamed(parent, name.replace(/\[x\]$/, ''))
  let node = parent.children.get(plain)
  if (!node) {
    node = newNode(plain, undefined, elementOf(parent, plain))
    parent.children.set(plain, node)
  }
  const wanted = slice ?? choice
  if (wanted === undefined) return node
  let sliced = node.slices.get(wanted)
  if (!sliced) {
    sliced = newNode(plain, wanted, node.element)
    const type = node.types.find((t) => choiceName(plain, t) === wanted)
    if (type) sliced.types = [type]
    node.slices.set(wanted, sliced)
  }
  return sliced
}

/** `valueQuantity` is the short form of the slice `valueQuantity` of `value[x]`. */
function elementNamed(parent: ElementNode, name: string): { plain: string; choice?: string } {
  for (const type of parent.types) {
    if (type.steps.has(name)) return { plain: name }
    const property = type.properties.get(name)
    if (property) return { plain: property.element.name, choice: name }
  }
  return { plain: name }
}

function elementOf(parent: ElementNode, name: string): ElementDefinition | undefined {
  for (const type of parent.types) {
    const [property] = type.steps.get(name) ?? []
    if (property) return property.element
  }
  return undefined
}

function choiceName(name: string, type: TypeDefinition): string {
  return name + type.name.charAt(0).toUpperCase() + type.name.slice(1)
}

function merged(base: JsonObject, over: JsonObject): JsonObject {
  if (!Array.isArray(base.constraint)) return { ...base, ...over }
  const own = Array.isArray(over.constraint) ? over.constraint : []
  return { ...base, ...over, constraint: [...base.constraint, ...own] }
}

function admitted(node: ElementNode): readonly TypeDefinition[] {
  const codes = typesOf(node.definition).map((type) => type.code)
  const kept = node.types.filter((type) => codes.includes(type.name))
  // Nested and resource types have other names than the type code of their element: they stay as they are.
  return kept.length > 0 ? kept : node.types
}

/** `ElementDefinition.type`. */
export function typesOf(
  definition: JsonObject,
): { code: string; profiles: string[]; targets: string[]; contained: boolean }[] {
  if (!Array.isArray(definition.type)) return []
  return definition.type.filter(isJsonObject).map((type) => ({
    code: String(type.code),
    profiles: texts(type.profile),
    targets: texts(type.targetProfile),
    // `referenced` and `bundled` are not told apart: where a reference leads out, it is not followed.
    contained: texts(type.aggregation).join() === 'contained',
  }))
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The value of `fixed[x]` or `pattern[x]`. */
export function statedValue(definition: JsonObject, prefix: 'fixed' | 'pattern'): JsonValue | undefined {
  for (const [key, value] of Object.entries(definition)) {
    if (key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length))) return value
  }
  return undefined
}
