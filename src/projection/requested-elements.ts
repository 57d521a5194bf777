/**
 * `_elements`: names of base elements, sorted into those the type has and those it has not. Taken too, though the
 * specification does not ask for it: the type in front (`Patient.name`), the name of a choice with `[x]` or as it stands
 * in JSON (`valueQuantity`), and the name of a part (`name.family`), for which the whole base element is given.
 * @see https://hl7.org/fhir/R4/search.html#elements
 */
import type { Registry } from '../definitions/registry.ts'
import type { TypeDefinition } from '../definitions/type-definition.ts'

export type RequestedElements = {
  /** Names of elements, without `[x]`. */
  readonly known: readonly string[]
  /** As they were sent. */
  readonly unknown: readonly string[]
}

export function requestedElements(
  names: readonly string[],
  resourceType: string,
  registry: Registry,
): RequestedElements {
  const type = registry.resourceType(resourceType)
  const known = new Set<string>()
  const unknown: string[] = []
  for (const name of names) {
    const found = type && baseElement(name, type)
    if (found === undefined) unknown.push(name)
    else known.add(found)
  }
  return { known: [...known], unknown }
}

function baseElement(name: string, type: TypeDefinition): string | undefined {
  const path = name.split('.')
  if (path[0] === type.name) path.shift()
  const [base] = path
  if (base === undefined) return undefined
  const plain = base.endsWith('[x]') ? base.slice(0, -'[x]'.length) : base
  const element = type.properties.get(plain)?.element ?? type.elements.find((e) => e.name === plain)
  return element?.name
}
