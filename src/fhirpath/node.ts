/**
 * A value in the course of an evaluation: what it is, of which type, and where it stands.
 */
import { Decimal, isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { type Model, type ModelStep, type ModelType, type SystemTypeName, systemTypes } from './model.ts'

export class FhirNode {
  /** Undefined: a primitive that has extensions only. */
  readonly value: JsonValue | undefined
  /** Id and extensions of a primitive. */
  readonly aside: JsonObject | undefined
  readonly type: ModelType
  /** Absent for the root and for computed values. */
  readonly parent: FhirNode | undefined
  /** JSON property of the parent. */
  readonly key: string
  /** Position in a list. */
  readonly index: number | undefined

  constructor(
    value: JsonValue | undefined,
    aside: JsonObject | undefined,
    type: ModelType,
    parent: FhirNode | undefined,
    key: string,
    index: number | undefined,
  ) {
    this.value = value
    this.aside = aside
    this.type = type
    this.parent = parent
    this.key = key
    this.index = index
  }
}

export type Nodes = readonly FhirNode[]

export const none: Nodes = []

export function systemNode(type: SystemTypeName, value: JsonValue): FhirNode {
  return new FhirNode(value, undefined, systemTypes[type], undefined, '', undefined)
}

const yes: Nodes = [systemNode('Boolean', true)]
const no: Nodes = [systemNode('Boolean', false)]

/** Of undefined (not known) the empty collection. */
export function booleanNodes(truth: boolean | undefined): Nodes {
  return truth === undefined ? none : truth ? yes : no
}

export function stringNodes(text: string | undefined): Nodes {
  return text === undefined ? none : [systemNode('String', text)]
}

export function integerNodes(value: number): Nodes {
  return [systemNode('Integer', value)]
}

/** The root of a resource, undefined when its type is not known to the model. */
export function resourceNode(resource: JsonObject, model: Model): FhirNode | undefined {
  const type = typeof resource.resourceType === 'string' ? model.type(resource.resourceType) : undefined
  return type && new FhirNode(resource, undefined, type, undefined, type.name, undefined)
}

/** Adds the values of one element to `found`. */
export function stepInto(
  of: FhirNode,
  steps: readonly ModelStep[],
  model: Model,
  found: FhirNode[],
): FhirNode[] {
  const object = of.type.kind === 'primitive' ? of.aside : of.value
  if (!isJsonObject(object)) return found
  for (const step of steps) {
    const value = object[step.name]
    const aside = step.type.kind === 'primitive' ? object[step.aside] : undefined
    if (value === undefined && aside === undefined) continue
    if (Array.isArray(value) || Array.isArray(aside)) addItems(of, step, value, aside, model, found)
    else found.push(nodeOf(value, aside, step, of, undefined, model))
  }
  return found
}

function addItems(
  of: FhirNode,
  step: ModelStep,
  values: JsonValue | undefined,
  asides: JsonValue | undefined,
  model: Model,
  found: FhirNode[],
): void {
  const list = Array.isArray(values) ? values : []
  const beside = Array.isArray(asides) ? asides : []
  for (let i = 0; i < Math.max(list.length, beside.length); i++) {
    const value = list[i] ?? undefined
    const aside = beside[i] ?? undefined
    if (value !== undefined || aside !== undefined) found.push(nodeOf(value, aside, step, of, i, model))
  }
}

function nodeOf(
  value: JsonValue | undefined,
  aside: JsonValue | undefined,
  { type, name }: ModelStep,
  parent: FhirNode,
  index: number | undefined,
  model: Model,
): FhirNode {
  let own = type
  if (type.kind === 'resource' && isJsonObject(value) && typeof value.resourceType === 'string') {
    own = model.type(value.resourceType) ?? type
  }
  return new FhirNode(value ?? undefined, isJsonObject(aside) ? aside : undefined, own, parent, name, index)
}

/** The elements below a node, one level. */
export function childrenOf(node: FhirNode, model: Model): FhirNode[] {
  const found: FhirNode[] = []
  for (const steps of node.type.steps.values()) stepInto(node, steps, model, found)
  return found
}

/** JSON keys and positions from the root: `['name', 0, 'given', 1]`. */
export function locationOf(node: FhirNode): (string | number)[] {
  const way: (string | number)[] = []
  for (let at: FhirNode | undefined = node; at?.parent; at = at.parent) {
    if (at.index !== undefined) way.unshift(at.index)
    way.unshift(at.key)
  }
  return way
}

export function textOf(node: FhirNode): string | undefined {
  const { value } = node
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value instanceof Decimal ? value.digits : undefined
}
