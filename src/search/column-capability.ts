/**
 * What can be searched on a type whose parameters lie in typed columns: the types of a record (decision 0004). No chain,
 * no include: a record is searched type by type.
 */
import type { SearchParamType } from '../definitions/definitions.ts'
import type { Registry } from '../definitions/registry.ts'
import { parisTime } from '../fhir/paris-time.ts'
import type {
  Modifier,
  ParameterKind,
  SearchableParameter,
  SearchCapability,
  SearchLimits,
} from './search-capability.ts'
import { noCodes } from './search-codes.ts'

export type ColumnKind = Extract<ParameterKind, 'id' | 'token' | 'date' | 'reference'>

export const recordLimits: SearchLimits = {
  defaultCount: 20,
  maxCount: 100,
  maxParameters: 100,
  maxValues: 100,
  maxLength: 65_536,
  maxSortKeys: 1,
  maxIncludes: 0,
  maxDepth: 0,
  maxBranches: 0,
  maxCodes: 0,
}

const modifiers: Readonly<Record<ColumnKind, ReadonlySet<Modifier>>> = {
  id: new Set(),
  token: new Set<Modifier>(['not']),
  date: new Set(),
  // Whom a resource of a record names, it names by a national id.
  reference: new Set<Modifier>(['identifier']),
}

/** FHIR search parameter type → what the SQL side can compare. */
const kinds: Readonly<Partial<Record<SearchParamType, ColumnKind>>> = {
  token: 'token',
  date: 'date',
  reference: 'reference',
}

/**
 * @param indexed codes that storage can answer
 * @throws at start when one of them is not defined for the type, or is of another kind than storage believes
 */
export function columnCapability(
  registry: Registry,
  type: string,
  indexed: ReadonlyMap<string, ColumnKind>,
  rest: Pick<SearchCapability, 'base' | 'defaultSort' | 'defaults' | 'patientRequired'> & {
    readonly sortable: readonly string[]
  },
): SearchCapability {
  const defined = registry.searchParameters(type)
  const parameters = new Map<string, SearchableParameter>()
  for (const [code, kind] of indexed) {
    const definition = defined.get(code)
    const expected = code === '_id' ? 'id' : definition && kinds[definition.type]
    if (!definition || expected !== kind)
      throw new Error(`${type}?${code}: indexed as ${kind}, defined otherwise`)
    parameters.set(code, {
      code,
      kind,
      definition: definition.url,
      type: definition.type,
      modifiers: modifiers[kind],
      targets: new Set(),
      components: [],
    })
  }
  for (const [code] of rest.defaults)
    if (!parameters.has(code)) throw new Error(`${type}?${code} has no index`)
  const capability: SearchCapability = Object.freeze({
    types: [type],
    parameters,
    sortable: new Set(rest.sortable),
    defaultSort: rest.defaultSort,
    defaults: rest.defaults,
    patientRequired: rest.patientRequired,
    resultParameters: new Set(['_count', '_sort', '_total'] as const),
    totals: ['none', 'estimate', 'accurate'] as const,
    limits: recordLimits,
    zone: parisTime,
    base: rest.base,
    codes: noCodes,
    elements: new Set<string>(),
    refusal: () => undefined,
    of: () => undefined,
    narrow: () => capability,
  })
  return capability
}
