/**
 * What a CapabilityStatement says of the search of a type, from the very capabilities that parse.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html (rest.resource.searchParam, searchInclude, searchRevInclude)
 */
import type { SearchParamType } from '../definitions/definitions.ts'
import type { SearchOf } from './rest-capability.ts'
import type { SearchCapability } from './search-capability.ts'

export type SearchDescription = {
  readonly searchParam: readonly {
    readonly name: string
    readonly definition: string
    readonly type: SearchParamType
  }[]
  /** `Observation:subject` */
  readonly searchInclude: readonly string[]
  readonly searchRevInclude: readonly string[]
}

/** @param types all that are served: what refers to a type may be of any other */
export function describeSearches(
  searchOf: SearchOf,
  types: readonly string[],
): ReadonlyMap<string, SearchDescription> {
  const capabilities = types.map((type) => ({ type, capability: searchOf([type]) }))
  const referring = new Map<string, string[]>(types.map((type) => [type, []]))
  for (const { type, capability } of capabilities) {
    for (const parameter of references(capability))
      for (const target of parameter.targets) referring.get(target)?.push(`${type}:${parameter.code}`)
  }
  return new Map(
    capabilities.map(({ type, capability }) => [
      type,
      {
        searchParam: describeParameters(capability),
        searchInclude: references(capability).map(({ code }) => `${type}:${code}`),
        searchRevInclude: referring.get(type) ?? [],
      },
    ]),
  )
}

export function describeParameters(capability: SearchCapability): SearchDescription['searchParam'] {
  return [...capability.parameters.values()].map(({ code, definition, type }) => ({
    name: code,
    definition,
    type,
  }))
}

function references(capability: SearchCapability) {
  return [...capability.parameters.values()].filter(({ kind }) => kind === 'reference')
}
