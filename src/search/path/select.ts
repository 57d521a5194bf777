/**
 * What a compiled path selects. The types on the way are known from the definitions when the path is compiled, so that
 * a selection is a list of branches, one per type at its end: `Observation.value` has eleven, `Observation.value as
 * Quantity` one, which reads `valueQuantity` and nothing else.
 */
import type { ElementDefinition, TypeDefinition } from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type Sink = (value: JsonValue) => void

/** Hands each selected value to the sink, in document order. `resource` is what `%resource` and `#id` refer to. */
export type Collect = (focus: JsonValue, resource: JsonObject, sink: Sink) => void

export type Branch = {
  readonly type: TypeDefinition
  /** The element that the values are of; absent for the resource itself and for computed values. */
  readonly element?: ElementDefinition
  readonly collect: Collect
}

export type Predicate = (item: JsonValue, resource: JsonObject) => boolean

export const selectFocus: Collect = (focus, _resource, sink) => sink(focus)

/** A property, one or many. Values of primitives that have extensions only (`_name`) are not selected. */
export function selectProperty(of: Collect, name: string): Collect {
  const pick = (value: JsonValue, sink: Sink): void => {
    if (!isJsonObject(value)) return
    const child = value[name]
    if (Array.isArray(child)) {
      for (const item of child) if (item !== null) sink(item)
    } else if (child !== undefined && child !== null) sink(child)
  }
  if (of === selectFocus) return (focus, _resource, sink) => pick(focus, sink)
  return (focus, resource, sink) => of(focus, resource, (value) => pick(value, sink))
}

export function selectWhere(of: Collect, holds: Predicate): Collect {
  return (focus, resource, sink) =>
    of(focus, resource, (value) => {
      if (holds(value, resource)) sink(value)
    })
}

export function selectIndex(of: Collect, index: number): Collect {
  return (focus, resource, sink) => {
    let at = 0
    of(focus, resource, (value) => {
      if (at++ === index) sink(value)
    })
  }
}
