/**
 * The properties that an object has, in the order of the definition. `name` and `_name` are one.
 */
import type { PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import type { JsonObject } from '../fhir/json.ts'

/** Or the key that the type does not know. */
export function inOrder(object: JsonObject, type: TypeDefinition): readonly PropertyDefinition[] | string {
  const { elements } = type
  const properties: PropertyDefinition[] = []
  let at = 0
  let isOrdered = true
  for (const key of Object.keys(object)) {
    if (object[key] === undefined || (key === 'resourceType' && type.kind === 'resource')) continue
    const isAside = key.startsWith('_')
    const name = isAside ? key.slice(1) : key
    const property = type.properties.get(name)
    if (!property || property.element.max === 0 || (isAside && property.type.kind !== 'primitive')) return key
    if (isAside && object[name] !== undefined) continue
    properties.push(property)
    // Most objects have their keys in order already: then this walks through the elements once.
    while (at < elements.length && elements[at] !== property.element) at++
    if (at === elements.length) isOrdered = false
  }
  if (isOrdered) return properties
  return properties.sort((a, b) => elements.indexOf(a.element) - elements.indexOf(b.element))
}
