/**
 * What can be searched on one resource type: the parameters that FHIR defines and storage has indexed. A parameter that
 * FHIR defines and nobody indexed is refused, never half-answered.
 */
import type { Registry } from '../definitions/registry.ts'
import type { Criterion } from './search-expression.ts'

export type SearchCapability = {
  readonly type: string
  readonly parameters: ReadonlyMap<string, SearchableParameter>
  /** Codes that `_sort` may name. */
  readonly sortable: ReadonlySet<string>
  readonly defaultSort: { readonly parameter: string; readonly descending: boolean }
  /** Criteria that hold when the request has none of that name (rule D4: archived and superseded are left out). */
  readonly defaults: readonly (readonly [string, string])[]
  /** Whether a search must name one patient. */
  readonly patientRequired: boolean
}

export type SearchableParameter = {
  readonly code: string
  readonly kind: Criterion['kind']
  readonly definition: string
  /** FHIR type, as the CapabilityStatement states it. */
  readonly type: string
}

/** FHIR search parameter type → what the SQL side can compare today. */
const kinds: Readonly<Record<string, Criterion['kind']>> = { token: 'token', date: 'date' }

/**
 * @param indexed codes that storage can answer
 * @throws at start when one of them is not defined for the type, or is of another kind than storage believes
 */
export function searchCapability(
  registry: Registry,
  indexed: ReadonlyMap<string, Criterion['kind']>,
  rest: Pick<SearchCapability, 'type' | 'defaultSort' | 'defaults' | 'patientRequired'> & {
    sortable: readonly string[]
  },
): SearchCapability {
  const defined = registry.searchParameters(rest.type)
  const parameters = new Map<string, SearchableParameter>()
  for (const [code, kind] of indexed) {
    const definition = defined.get(code)
    const expected = code === '_id' ? 'id' : definition && kinds[definition.type]
    if (!definition || expected !== kind)
      throw new Error(`${rest.type}?${code}: indexed as ${kind}, defined otherwise`)
    parameters.set(code, { code, kind, definition: definition.url, type: definition.type })
  }
  for (const [code] of rest.defaults)
    if (!parameters.has(code)) throw new Error(`${rest.type}?${code} has no index`)
  return Object.freeze({ ...rest, parameters, sortable: new Set(rest.sortable) })
}
