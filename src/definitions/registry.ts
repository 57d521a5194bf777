/**
 * The registry: what FHIR defines, ready to be looked up. Built once at start, never changed.
 * @see https://hl7.org/fhir/R4/elementdefinition.html (cardinality, choices, contentReference)
 */
import { capitalise } from './choice.ts'
import type { CompiledElement, Definitions, SearchParameterDefinition, TypeKind } from './definitions.ts'

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
}

/** One JSON property of an element: a choice has one for each of its types, `valueString`, `valueQuantity` … */
export type PropertyDefinition = {
  readonly name: string
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
}

/** Codes of the value set of a required binding. */
export type ValueSetCodes = {
  readonly url: string
  /** Undefined: the codes are not known here, so the binding is not checked. */
  readonly systems: ReadonlyMap<string, ReadonlySet<string>> | undefined
  /** The system of a plain code, when exactly one has it. */
  readonly systemOf: (code: string) => string | undefined
}

export type Registry = {
  readonly fhirVersion: string
  /** Types that can be instantiated: neither `Resource` nor `DomainResource`. */
  readonly resourceTypes: readonly string[]
  isResourceType(name: string): boolean
  resourceType(name: string): TypeDefinition | undefined
  /** A datatype, a resource type (also an abstract one) or a nested type by its path. */
  type(nameOrPath: string): TypeDefinition | undefined
  elements(nameOrPath: string): readonly ElementDefinition[]
  /** By code, with those of Resource and DomainResource (`_id`, `_lastUpdated` …). Empty for an unknown type. */
  searchParameters(type: string): ReadonlyMap<string, SearchParameterDefinition>
  searchParameter(url: string): SearchParameterDefinition | undefined
  /** Codes of the parameters that put a resource of this type into that compartment. */
  compartmentParameters(compartment: string, type: string): readonly string[]
  valueSet(url: string): ValueSetCodes | undefined
}

type Growing = { -readonly [K in keyof TypeDefinition]: TypeDefinition[K] }

/** @throws when a definition refers to a type, value set or parameter that is not defined */
export function buildRegistry(definitions: Definitions): Registry {
  const valueSets = buildValueSets(definitions)
  const types = buildTypes(definitions, valueSets)
  const resourceTypes = [...types.values()]
    .filter((t) => t.kind === 'resource' && !t.abstract)
    .map((t) => t.name)
  const concrete = new Set(resourceTypes)
  const parameters = buildSearchParameters(definitions, types, resourceTypes)
  const byUrl = new Map(definitions.searchParameters.map((parameter) => [parameter.url, parameter]))
  const none: ReadonlyMap<string, SearchParameterDefinition> = new Map()
  return Object.freeze({
    fhirVersion: definitions.fhirVersion,
    resourceTypes,
    isResourceType: (name: string) => concrete.has(name),
    resourceType: (name: string) => (concrete.has(name) ? types.get(name) : undefined),
    type: (nameOrPath: string) => types.get(nameOrPath),
    elements: (nameOrPath: string) => types.get(nameOrPath)?.elements ?? [],
    searchParameters: (type: string) => parameters.get(type) ?? none,
    searchParameter: (url: string) => byUrl.get(url),
    compartmentParameters: (compartment: string, type: string) =>
      ownCompartment(definitions, compartment, type),
    valueSet: (url: string) => valueSets.get(url),
  })
}

function ownCompartment(definitions: Definitions, compartment: string, type: string): readonly string[] {
  if (!Object.hasOwn(definitions.compartments, compartment)) return []
  const types = definitions.compartments[compartment] ?? {}
  return Object.hasOwn(types, type) ? (types[type] ?? []) : []
}

function buildTypes(
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
    })
  }
  const need = (name: string, from: string): Growing => {
    const type = types.get(name)
    if (!type) throw new Error(`${from}: type ${name} is not defined`)
    return type
  }
  const own = new Map<string, readonly ElementDefinition[]>()
  for (const [name, compiled] of Object.entries(definitions.types)) {
    if (compiled.base) need(name, name).base = need(compiled.base, name)
    own.set(
      name,
      compiled.elements.map((e) => buildElement(name, e, (t) => need(t, name), valueSets)),
    )
  }
  for (const type of types.values()) {
    const byName = new Map(lineage(type).flatMap((t) => (own.get(t.name) ?? []).map((e) => [e.name, e])))
    type.elements = [...byName.values()]
    type.required = type.elements.filter((element) => element.min > 0)
    type.properties = buildProperties(type.elements)
  }
  return types
}

/** From the root of the inheritance to the type itself. */
function lineage(type: TypeDefinition): TypeDefinition[] {
  const line: TypeDefinition[] = []
  for (let t: TypeDefinition | undefined = type; t; t = t.base) line.unshift(t)
  return line
}

function buildElement(
  owner: string,
  compiled: CompiledElement,
  need: (type: string) => TypeDefinition,
  valueSets: ReadonlyMap<string, ValueSetCodes>,
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
  }
}

function buildProperties(elements: readonly ElementDefinition[]): ReadonlyMap<string, PropertyDefinition> {
  const properties = new Map<string, PropertyDefinition>()
  for (const element of elements) {
    for (const type of element.types) {
      const name = element.choice ? element.name + capitalise(type.name) : element.name
      properties.set(name, { name, element, type })
    }
  }
  return properties
}

function buildValueSets(definitions: Definitions): ReadonlyMap<string, ValueSetCodes> {
  const sets = new Map<string, ValueSetCodes>()
  for (const [url, bySystem] of Object.entries(definitions.valueSets)) {
    const systems = new Map(Object.entries(bySystem).map(([system, codes]) => [system, new Set(codes)]))
    sets.set(url, { url, systems, systemOf: (code) => onlySystem(systems, code) })
  }
  for (const url of Object.keys(definitions.valueSetsNotChecked))
    sets.set(url, { url, systems: undefined, systemOf: () => undefined })
  return sets
}

function onlySystem(systems: ReadonlyMap<string, ReadonlySet<string>>, code: string): string | undefined {
  let found: string | undefined
  for (const [system, codes] of systems) {
    if (!codes.has(code)) continue
    if (found !== undefined) return undefined
    found = system
  }
  return found
}

function buildSearchParameters(
  definitions: Definitions,
  types: ReadonlyMap<string, TypeDefinition>,
  resourceTypes: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, SearchParameterDefinition>> {
  const byBase = new Map<string, SearchParameterDefinition[]>()
  for (const parameter of definitions.searchParameters) {
    for (const base of parameter.base) {
      const list = byBase.get(base)
      if (list) list.push(parameter)
      else byBase.set(base, [parameter])
    }
  }
  const maps = new Map<string, ReadonlyMap<string, SearchParameterDefinition>>()
  for (const name of resourceTypes) {
    const type = types.get(name)
    if (!type) continue
    const inherited = lineage(type).flatMap((t) => byBase.get(t.name) ?? [])
    maps.set(name, new Map(inherited.map((parameter) => [parameter.code, parameter])))
  }
  return maps
}
