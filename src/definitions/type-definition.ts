/**
 * Types as the engine walks through them: inherited elements in place, references to types followed, one property for
 * each JSON name that an element may have.
 * @see https://hl7.org/fhir/R4/elementdefinition.html (cardinality, choices, contentReference)
 */
import { capitalise } from './choice.ts'
import { type Constraint, ConstraintCompiler } from './constraints.ts'
import type { CompiledElement, Definitions, TypeKind } from './definitions.ts'
import type { ValueSetCodes } from './value-set-codes.ts'

export type ElementDefinition = {
  readonly name: string
  /** Path in the definition that owns it: `Observation.value`, `DomainResource.text`. */
  readonly path: string
  readonly choice: boolean
  readonly min: number
  /** Infinity for `*`. */
  readonly max: number
  readonly types: readonly TypeDefinition[]
  readonly targets: ReadonlySet<string> | undefined
  readonly binding: ValueSetCodes | undefined
  readonly summary: boolean
  readonly modifier: boolean
  /** Besides those of its types. */
  readonly constraints: readonly Constraint[]
}

/** One JSON property of an element: a choice has one for each of its types, `valueString`, `valueQuantity` … */
export type PropertyDefinition = {
  readonly name: string
  /** Where JSON writes id and extensions of a primitive: `_name`. */
  readonly aside: string
  readonly element: ElementDefinition
  readonly type: TypeDefinition
}

export type TypeDefinition = {
  /** `Period`, or the path of a nested type: `List.entry`. */
  readonly name: string
  readonly kind: TypeKind
  readonly abstract: boolean
  readonly base: TypeDefinition | undefined
  /** In the order of the definition, inherited ones first. */
  readonly elements: readonly ElementDefinition[]
  readonly required: readonly ElementDefinition[]
  /** By JSON property name. `_name` siblings of primitives are not in it. */
  readonly properties: ReadonlyMap<string, PropertyDefinition>
  /** By the name of the element, without `[x]`, as FHIRPath steps from one to the next. */
  readonly steps: ReadonlyMap<string, readonly PropertyDefinition[]>
  /** Inherited ones included. */
  readonly constraints: readonly Constraint[]
}

type Growing = { -readonly [K in keyof TypeDefinition]: TypeDefinition[K] }

/** @throws when an element names a type or value set that is not defined */
export function buildTypes(
  definitions: Definitions,
  valueSets: ReadonlyMap<string, ValueSetCodes>,
): ReadonlyMap<string, TypeDefinition> {
  const types = new Map<string, Growing>()
  for (const [name, compiled] of Object.entries(definitions.types)) {
    const { kind, abstract = false } = compiled
    types.set(name, {
      name,
      kind,
      abstract,
      base: undefined,
      elements: [],
      required: [],
      properties: new Map(),
      steps: new Map(),
      constraints: [],
    })
  }
  const need = (name: string, from: string): Growing => {
    const type = types.get(name)
    if (!type) throw new Error(`${from}: type ${name} is not defined`)
    return type
  }
  const own = new Map<string, readonly ElementDefinition[]>()
  const constraints = new Map<string, readonly Constraint[]>()
  const compiler = new ConstraintCompiler()
  for (const [name, compiled] of Object.entries(definitions.types)) {
    if (compiled.base) need(name, name).base = need(compiled.base, name)
    constraints.set(name, compiler.compile(compiled.constraints, name))
    own.set(
      name,
      compiled.elements.map((e) => buildElement(name, e, (t) => need(t, name), valueSets, compiler)),
    )
  }
  for (const type of types.values()) {
    const byName = new Map(lineage(type).flatMap((t) => (own.get(t.name) ?? []).map((e) => [e.name, e])))
    type.elements = [...byName.values()]
    type.required = type.elements.filter((element) => element.min > 0)
    type.properties = buildProperties(type.elements)
    type.steps = buildSteps(type.properties)
    type.constraints = lineage(type).flatMap((t) => constraints.get(t.name) ?? [])
  }
  return types
}

/** From the root of the inheritance to the type itself. */
export function lineage(type: TypeDefinition): TypeDefinition[] {
  const line: TypeDefinition[] = []
  for (let t: TypeDefinition | undefined = type; t; t = t.base) line.unshift(t)
  return line
}

function buildElement(
  owner: string,
  compiled: CompiledElement,
  need: (type: string) => TypeDefinition,
  valueSets: ReadonlyMap<string, ValueSetCodes>,
  compiler: ConstraintCompiler,
): ElementDefinition {
  const path = `${owner}.${compiled.name}`
  const binding = compiled.binding === undefined ? undefined : valueSets.get(compiled.binding)
  if (compiled.binding !== undefined && !binding)
    throw new Error(`${path}: ${compiled.binding} is not defined`)
  return {
    name: compiled.name,
    path,
    choice: compiled.choice ?? false,
    min: compiled.min ?? 0,
    max: compiled.max === '*' ? Number.POSITIVE_INFINITY : (compiled.max ?? 1),
    types: compiled.types.map(need),
    targets: compiled.targets && new Set(compiled.targets),
    binding,
    summary: compiled.summary ?? false,
    modifier: compiled.modifier ?? false,
    constraints: compiler.compile(compiled.constraints, path),
  }
}

function buildProperties(elements: readonly ElementDefinition[]): ReadonlyMap<string, PropertyDefinition> {
  const properties = new Map<string, PropertyDefinition>()
  for (const element of elements) {
    for (const type of element.types) {
      const name = element.choice ? element.name + capitalise(type.name) : element.name
      properties.set(name, { name, aside: `_${name}`, element, type })
    }
  }
  return properties
}

function buildSteps(
  properties: ReadonlyMap<string, PropertyDefinition>,
): ReadonlyMap<string, readonly PropertyDefinition[]> {
  const steps = new Map<string, PropertyDefinition[]>()
  for (const property of properties.values()) {
    const found = steps.get(property.element.name)
    if (found) found.push(property)
    else steps.set(property.element.name, [property])
  }
  return steps
}
