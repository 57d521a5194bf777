/**
 * The registry: what FHIR defines, ready to be looked up. Built once at start, never changed.
 */
import type { Definitions, SearchParameterDefinition } from './definitions.ts'
import { buildTypes, type ElementDefinition, lineage, type TypeDefinition } from './type-definition.ts'
import { buildValueSets, type ValueSetCodes } from './value-set-codes.ts'

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
