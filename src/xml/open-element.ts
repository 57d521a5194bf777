/**
 * An element that is open while a text is read: the object that its children go into, and its place in the resource.
 *
 * Lists of primitives are kept as JSON writes them: `given` and `_given` side by side, of one length, null where a value
 * or its id and extensions are absent; a list without any value, or without anything aside, is left out.
 * @see https://hl7.org/fhir/R4/json.html#primitive
 */
import type { PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import type { JsonObject, JsonValue } from '../fhir/json.ts'

/**
 * `object`: its children are members of `object`. `primitive`: the same, `object` being what stands aside of the value.
 * `resource-place`: `contained` and the like, which hold one resource.
 */
export type OpenElementKind = 'object' | 'primitive' | 'resource-place'

export class OpenElement {
  readonly kind: OpenElementKind
  readonly type: TypeDefinition
  readonly object: JsonObject
  /** What it is in its parent; undefined for a resource, whose place is `resource-place` or the document itself. */
  readonly property: PropertyDefinition | undefined
  /** Nesting of objects and arrays in JSON, of `object`. */
  readonly depth: number
  /** Of a primitive. */
  value: JsonValue | undefined
  /** Of a resource-place: whether its resource has been met. */
  filled = false
  /** Whether a fault of its own, of an attribute or of a child was found. */
  isFaulty = false
  /** The child property met last. */
  current: PropertyDefinition | undefined
  /** Place, in the definition of its type, of the child that stands the furthest behind. */
  furthest = 0
  /** How many times, without another in between. */
  count = 0

  constructor(
    kind: OpenElementKind,
    type: TypeDefinition,
    object: JsonObject,
    property: PropertyDefinition | undefined,
    depth: number,
  ) {
    this.kind = kind
    this.type = type
    this.object = object
    this.property = property
    this.depth = depth
  }

  get isEmpty(): boolean {
    if (this.kind === 'resource-place') return !this.filled
    return this.value === undefined && Object.keys(this.object).length === 0
  }

  /** Whether such a child has been met before. */
  has({ name, type }: PropertyDefinition): boolean {
    if (Object.hasOwn(this.object, name)) return true
    return type.kind === 'primitive' && Object.hasOwn(this.object, `_${name}`)
  }

  addObject(property: PropertyDefinition, child: JsonObject): void {
    const { name, element } = property
    const list = this.object[name]
    if (element.max === 1) this.object[name] = child
    else if (Array.isArray(list)) list.push(child)
    else this.object[name] = [child]
  }

  addPrimitive(property: PropertyDefinition, value: JsonValue | undefined, aside: JsonObject | null): void {
    const { object } = this
    const { name, element } = property
    if (element.max === 1) {
      if (value !== undefined) object[name] = value
      if (aside) object[`_${name}`] = aside
      return
    }
    // The one just added is counted already.
    const before = this.count - 1
    extend(object, name, before, value ?? null)
    extend(object, `_${name}`, before, aside)
  }
}

/** Adds to a list that begins with its first item that is not null, the places before it filled up. */
function extend(object: JsonObject, name: string, before: number, item: JsonValue): void {
  const list = object[name]
  if (Array.isArray(list)) list.push(item)
  else if (item !== null) object[name] = [...Array<null>(before).fill(null), item]
}
