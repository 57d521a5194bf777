/**
 * Types as the engine walks through them: inherited elements in place, references to types followed, one property for
 * each JSON name that an element may have.
 * @see https://hl7.org/fhir/R4/elementdefinition.html (cardinality, choices, contentReference)
 */
import { capitalise } from './choice.ts'
import { type Constraint, ConstraintCompiler } from './constraints.ts'
import type { CompiledElement, CompiledType, Definitions, TypeKind } from './definitions.ts'
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

/**
 * A type is put together when it is first walked through: a server of the record meets one in five of them. What it refers
 * to is looked up now.
 * @throws when an element names a type or value set that is not defined
 */
export function buildTypes(
  definitions: Definitions,
  valueSets: ReadonlyMap<string, ValueSetCodes>,
): ReadonlyMap<string, TypeDefinition> {
  const types = new Map<string, TypeDefinition>()
  const sources = { types, valueSets, compiler: new ConstraintCompiler() }
  for (const [name, compiled] of Object.entries(definitions.types)) {
    checkReferences(name, compiled, definitions, valueSets)
    types.set(name, new LateType(name, compiled, sources))
  }
  return types
}

function checkReferences(
  name: string,
  { base, elements }: CompiledType,
  { types }: Definitions,
  valueSets: ReadonlyMap<string, ValueSetCodes>,
): void {
  const needType = (type: string): void => {
    if (!Object.hasOwn(types, type)) throw new Error(`${name}: type ${type} is not defined`)
  }
  if (base !== undefined) needType(base)
  for (const element of elements) {
    element.types.forEach(needType)
    if (element.binding !== undefined && !valueSets.has(element.binding))
      throw new Error(`${name}.${element.name}: ${element.binding} is not defined`)
  }
}

/** From the root of the inheritance to the type itself. */
export function lineage(type: TypeDefinition): TypeDefinition[] {
  const line: TypeDefinition[] = []
  for (let t: TypeDefinition | undefined = type; t; t = t.base) line.unshift(t)
  return line
}

type Sources = {
  readonly types: ReadonlyMap<string, TypeDefinition>
  readonly valueSets: ReadonlyMap<string, ValueSetCodes>
  readonly compiler: ConstraintCompiler
}

type Content = Pick<TypeDefinition, 'elements' | 'required' | 'properties' | 'steps' | 'constraints'>

class LateType implements TypeDefinition {
  readonly name: string
  readonly kind: TypeKind
  readonly abstract: boolean
  readonly #compiled: CompiledType
  readonly #sources: Sources
  #built: Content | undefined

  constructor(name: string, compiled: CompiledType, sources: Sources) {
    this.name = name
    this.kind = compiled.kind
    this.abstract = compiled.abstract ?? false
    this.#compiled = compiled
    this.#sources = sources
  }

  get base(): TypeDefinition | undefined {
    return this.#compiled.base === undefined ? undefined : this.#sources.types.get(this.#compiled.base)
  }
  get elements() {
    return this.#content.elements
  }
  get required() {
    return this.#content.required
  }
  get properties() {
    return this.#content.properties
  }
  get steps() {
    return this.#content.steps
  }
  get constraints() {
    return this.#content.constraints
  }

  get #content(): Content {
    this.#built ??= buildContent(this, this.#compiled, this.#sources)
    return this.#built
  }
}

function buildContent({ name, base }: TypeDefinition, compiled: CompiledType, sources: Sources): Content {
  const own = compiled.elements.map((element) => buildElement(name, element, sources))
  // One that is stated again keeps its place among the inherited ones.
  const byName = new Map([...(base?.elements ?? []), ...own].map((element) => [element.name, element]))
  const elements = [...byName.values()]
  const properties = buildProperties(elements)
  return {
    elements,
    required: elements.filter(({ min }) => min > 0),
    properties,
    steps: buildSteps(properties),
    constraints: [...(base?.constraints ?? []), ...sources.compiler.compile(compiled.constraints, name)],
  }
}

function buildElement(owner: string, compiled: CompiledElement, sources: Sources): ElementDefinition {
  const { name, binding, targets } = compiled
  const path = `${owner}.${name}`
  return {
    name,
    path,
    choice: compiled.choice ?? false,
    min: compiled.min ?? 0,
    max: compiled.max === '*' ? Number.POSITIVE_INFINITY : (compiled.max ?? 1),
    types: compiled.types.flatMap((type) => sources.types.get(type) ?? []),
    targets: targets && new Set(targets),
    binding: binding === undefined ? undefined : sources.valueSets.get(binding),
    summary: compiled.summary ?? false,
    modifier: compiled.modifier ?? false,
    constraints: sources.compiler.compile(compiled.constraints, path),
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
