/**
 * What can be searched in the fhir profile: every parameter of R4 that the extraction indexes, on one type or, for a
 * search of the system, on several: those they share. Made when first asked for, and kept for each type.
 */

import type { SearchParameterDefinition } from '../definitions/definitions.ts'
import type { Registry } from '../definitions/registry.ts'
import { utc, type Zone } from '../fhir/date.ts'
import type { Wording } from '../fhir/errors/wording.ts'
import type { Extraction } from './extraction/build-extraction.ts'
import { derivedOfRecords, derivedParameters } from './extraction/derived-parameters.ts'
import type { ComponentType } from './extraction/index-values.ts'
import { modifiersOf } from './modifiers.ts'
import {
  type ParameterKind,
  resultParameters,
  type SearchableParameter,
  type SearchCapability,
  type SearchLimits,
} from './search-capability.ts'
import type { SearchCodes } from './search-codes.ts'
import { unansweredParameters } from './unanswered-parameters.ts'

export type RestCapabilitySource = {
  readonly registry: Registry
  readonly extraction: Extraction
  readonly codes: SearchCodes
  /** This server's FHIR base, without a trailing slash. */
  readonly base: string
  readonly zone?: Zone
  readonly limits?: Partial<SearchLimits>
}

export const restLimits: SearchLimits = {
  defaultCount: 20,
  maxCount: 500,
  maxParameters: 100,
  maxValues: 1000,
  maxLength: 65_536,
  maxSortKeys: 4,
  maxIncludes: 20,
  maxDepth: 5,
  maxBranches: 200,
  maxCodes: 2000,
}

/** By tokens one type is sorted: storage goes through the codes that it has (docs/decisions/0017). */
const isSortable = (kind: ParameterKind, types: readonly string[]): boolean =>
  sortableKinds.has(kind) || (kind === 'token' && types.length === 1)

/** Sets of types whose capability is kept. */
const MAX_SETS = 32

/** Kinds that storage keeps in an order. */
const sortableKinds: ReadonlySet<ParameterKind> = new Set<ParameterKind>([
  'id',
  'date',
  'number',
  'quantity',
  'string',
])

/** The capability of some types together; for one type always the same object. @throws for a type that is not served */
export type SearchOf = (types: readonly string[]) => SearchCapability

export function restCapabilities(source: RestCapabilitySource): SearchOf {
  const { registry, extraction, codes, base, zone = utc } = source
  const limits = { ...restLimits, ...source.limits }
  const single = new Map<string, SearchCapability>()
  const several = new Map<string, SearchCapability>()
  const parameterOf = parameterBuilder(registry)

  const refusalOf = (type: string, code: string): Wording | undefined => {
    const url = registry.searchParameters(type).get(code)?.url ?? ''
    return derivedParameters.has(url) ? derivedOfRecords : extraction.refusal(type, code)
  }

  const capability = (
    types: readonly string[],
    parameters: ReadonlyMap<string, SearchableParameter>,
    elements: ReadonlySet<string>,
  ): SearchCapability =>
    Object.freeze({
      types,
      parameters,
      sortable: new Set(
        [...parameters.values()].filter(({ kind }) => isSortable(kind, types)).map(({ code }) => code),
      ),
      defaultSort: [],
      defaults: [],
      patientRequired: false,
      resultParameters: new Set(resultParameters),
      totals: ['none', 'estimate', 'accurate'] as const,
      limits,
      zone,
      base,
      codes,
      elements,
      refusal: (code: string) =>
        unansweredParameters.get(code) ??
        types.map((type) => refusalOf(type, code)).find((cause) => cause !== undefined),
      of: (type: string) => (registry.isResourceType(type) ? one(type) : undefined),
      narrow: searchOf,
    })

  function one(type: string): SearchCapability {
    const known = single.get(type)
    if (known) return known
    const definition = registry.resourceType(type)
    if (!definition) throw new Error(`${type} is not a resource type`)
    const parameters = new Map<string, SearchableParameter>()
    for (const [code, extractor] of extraction.extractors(type))
      parameters.set(code, parameterOf(extractor.parameter))
    const made = capability([type], parameters, new Set(definition.elements.map((element) => element.name)))
    single.set(type, made)
    return made
  }

  function searchOf(types: readonly string[]): SearchCapability {
    const [first, ...others] = types
    if (first === undefined) throw new Error('A search is of one type at least')
    if (others.length === 0) return one(first)
    const key = types.join(',')
    const known = several.get(key)
    if (known) return known
    const all = types.map(one)
    const elements = new Set(all.flatMap((c) => [...c.elements]))
    const made = capability(types, shared(all.map((c) => c.parameters)), elements)
    // The system and its compartments come back again and again; what else clients put together may not fill the memory.
    const [oldest] = several.keys()
    if (oldest !== undefined && several.size >= MAX_SETS) several.delete(oldest)
    several.set(key, made)
    return made
  }

  return searchOf
}

/** Types share their definitions, so that 146 of them do not cost 146 times `_id`. */
function parameterBuilder(
  registry: Registry,
): (definition: SearchParameterDefinition) => SearchableParameter {
  const known = new Map<string, SearchableParameter>()
  const targetSets = new Map<string, ReadonlySet<string>>()
  const targetsOf = (types: readonly string[]): ReadonlySet<string> => {
    const key = types.join()
    const targets = targetSets.get(key) ?? new Set(types)
    targetSets.set(key, targets)
    return targets
  }
  return (definition) => {
    const found = known.get(definition.url)
    if (found) return found
    const { code, url, type, target, component = [] } = definition
    const kind = kindOf(definition)
    const made = {
      code,
      kind,
      definition: url,
      type,
      modifiers: modifiersOf[kind],
      targets: targetsOf(type === 'reference' ? (target ?? registry.resourceTypes) : []),
      components: component.map((c) => componentType(registry, c.definition)),
    }
    known.set(url, made)
    return made
  }
}

function kindOf({ code, type, url }: SearchParameterDefinition): ParameterKind {
  if (type === 'special') throw new Error(`${url} is special and has an index`)
  return code === '_id' ? 'id' : type
}

function componentType(registry: Registry, url: string): ComponentType {
  const type = registry.searchParameter(url)?.type
  if (type === undefined || type === 'composite' || type === 'special')
    throw new Error(`${url} is no component with values`)
  return type
}

/** Parameters of the same code and kind on every type; their references lead to what any of them leads to. */
function shared(
  all: readonly ReadonlyMap<string, SearchableParameter>[],
): ReadonlyMap<string, SearchableParameter> {
  const [first = new Map<string, SearchableParameter>(), ...others] = all
  const parameters = new Map<string, SearchableParameter>()
  for (const parameter of first.values()) {
    const same = others.map((other) => other.get(parameter.code))
    if (!same.every((other) => other && isSame(other, parameter))) continue
    if (parameter.kind !== 'reference') parameters.set(parameter.code, parameter)
    else {
      const targets = new Set([parameter, ...same].flatMap((p) => [...(p?.targets ?? [])]))
      parameters.set(parameter.code, { ...parameter, targets })
    }
  }
  return parameters
}

function isSame(a: SearchableParameter, b: SearchableParameter): boolean {
  return a.kind === b.kind && (a.kind !== 'composite' || a.definition === b.definition)
}
