/**
 * What can be searched on documents and lists of a record (ITI-66, ITI-67): every parameter that FHIR R4, MHD, PDSm and we
 * define for the type, in a typed column or among the entries of search/record/, and chains into what is contained. Each is
 * answered, or refused with a reason.
 * @see profiles.md §1.4; https://profiles.ihe.net/ITI/MHD/ITI-66.html, ITI-67.html; docs/decisions/0014
 */

import type { SearchParameterDefinition, SearchParamType } from '../definitions/definitions.ts'
import type { Registry } from '../definitions/registry.ts'
import type { Wording } from '../fhir/errors/wording.ts'
import { parisTime } from '../fhir/paris-time.ts'
import type { Extraction } from './extraction/build-extraction.ts'
import { chainedParameters, embeddedTypes } from './record/embedded-types.ts'
import {
  type Modifier,
  type ParameterKind,
  resultParameters,
  type SearchableParameter,
  type SearchCapability,
  type SearchLimits,
} from './search-capability.ts'
import type { SearchCodes } from './search-codes.ts'
import type { SortKey } from './search-expression.ts'
import { unansweredParameters } from './unanswered-parameters.ts'

export type FoundType = 'DocumentReference' | 'List'

export type FindingSource = {
  readonly registry: Registry
  readonly extraction: Extraction
  readonly codes: SearchCodes
  /** This server's FHIR base, without a trailing slash. */
  readonly base: string
  /** Parameters with a column, and what kind it is; the others are entries. */
  readonly columns: ReadonlyMap<string, ColumnOf>
  /** Entries that the extraction knows nothing of (search/record/author-exercise.ts). */
  readonly derived: readonly string[]
  readonly sortable: readonly string[]
  readonly defaultSort: readonly SortKey[]
  readonly defaults: readonly (readonly [string, string])[]
}

/** `always`: never absent, as `status`; the others may be asked for with `:missing`. `plain`: without any modifier. */
export type ColumnOf = { readonly kind: ParameterKind; readonly always: boolean; readonly plain: boolean }

export const findingLimits: SearchLimits = {
  defaultCount: 20,
  maxCount: 100,
  maxParameters: 100,
  maxValues: 100,
  maxLength: 65_536,
  maxSortKeys: 3,
  maxIncludes: 5,
  maxDepth: 2,
  maxBranches: 50,
  maxCodes: 2_000,
}

const modifiers: Readonly<Partial<Record<ParameterKind, readonly Modifier[]>>> = {
  id: [],
  token: ['missing', 'not', 'in', 'not-in'],
  date: ['missing'],
  string: ['missing', 'exact', 'contains'],
  reference: ['missing', 'identifier'],
  uri: ['missing'],
}

/** Where an include may lead from, and from what: within one record, each through policy. */
const includable: Readonly<Record<FoundType, Readonly<Record<string, readonly string[]>>>> = {
  DocumentReference: { relatesto: ['DocumentReference'], patient: ['Patient'], subject: ['Patient'] },
  List: { item: ['DocumentReference'], patient: ['Patient'], subject: ['Patient'] },
}

/** What `_include` and `_revinclude` of a search of this type bring along, as a CapabilityStatement names it. */
export function includesOf(type: FoundType): {
  readonly searchInclude: readonly string[]
  readonly searchRevInclude: readonly string[]
} {
  const all = Object.entries(includable).flatMap(([source, references]) =>
    Object.entries(references).map(([code, targets]) => ({ source, targets, name: `${source}:${code}` })),
  )
  return {
    searchInclude: all.filter(({ source }) => source === type).map(({ name }) => name),
    searchRevInclude: all.filter(({ targets }) => targets.includes(type)).map(({ name }) => name),
  }
}

/** The patient is named in a way of its own (select-patient.ts). */
const apart: ReadonlySet<string> = new Set(['patient', 'subject'])

/** Why a parameter of R4 is not answered here. */
const refused: ReadonlyMap<string, Wording> = new Map<string, Wording>([
  ...unansweredParameters,
  [
    'relationship',
    {
      fr: 'relatesto et relation se cherchent, chacun séparément',
      en: 'relatesto and relation are answered, each by itself',
    },
  ],
  [
    '_has',
    {
      fr: 'listes et documents se cherchent séparément : item, _revinclude',
      en: 'lists and documents are searched each by itself: item, _revinclude',
    },
  ],
  [
    '_content',
    {
      fr: 'le contenu des documents est chiffré et sans index : mots trouve les mots des titres et des descriptions',
      en: 'the contents of documents are encrypted and in no index: mots finds words of titles and descriptions',
    },
  ],
  [
    '_text',
    {
      fr: 'les récits sont sans index : mots trouve les mots des titres et des descriptions',
      en: 'narratives are in no index: mots finds words of titles and descriptions',
    },
  ],
])

/** @throws at start when a column answers a parameter that is not defined, or is of another kind */
export function findingCapability(type: FoundType, source: FindingSource): SearchCapability {
  const { registry, extraction, columns, base, codes } = source
  const parameters = new Map<string, SearchableParameter>()
  for (const definition of registry.searchParameters(type).values()) {
    const { code } = definition
    const column = columns.get(code)
    if (apart.has(code) || refused.has(code)) continue
    if (!column && !extraction.extractors(type).has(code) && !source.derived.includes(code)) continue
    const kind = column?.kind ?? kindOf(definition)
    if (kind === undefined) throw new Error(`${type}?${code} is neither answered nor refused`)
    if (column && kind !== (code === '_id' ? 'id' : definition.type))
      throw new Error(`${type}?${code}: its column is a ${kind}, it is defined otherwise`)
    parameters.set(code, {
      ...described(definition, kind, targetsOf(type, definition)),
      ...(column ? { modifiers: new Set(modifiersOf(column)) } : {}),
      // A text that is a column is one of words.
      ...(column?.kind === 'string' ? { words: true } : {}),
    })
  }
  for (const code of [...columns.keys(), ...source.sortable])
    if (!parameters.has(code)) throw new Error(`${type}?${code} has a column and no definition`)

  const shared = {
    limits: findingLimits,
    zone: parisTime,
    base,
    codes,
    totals: ['none', 'estimate', 'accurate'] as const,
  }
  /** What is reached from the type searched: to end a chain, or to name what is included. */
  const within = (name: string, reached: ReadonlyMap<string, SearchableParameter>): SearchCapability => {
    const inner: SearchCapability = Object.freeze({
      ...shared,
      types: [name],
      parameters: reached,
      sortable: new Set<string>(),
      defaultSort: [],
      defaults: [],
      patientRequired: false,
      resultParameters: new Set<never>(),
      elements: new Set<string>(),
      refusal: () => undefined,
      of: (other: string) => reachable.get(other),
      narrow: () => inner,
    })
    return inner
  }
  const reachable = new Map<string, SearchCapability>()
  for (const name of registry.resourceTypes) reachable.set(name, within(name, reachedIn(registry, name)))

  const capability: SearchCapability = Object.freeze({
    ...shared,
    types: [type],
    parameters,
    sortable: new Set(source.sortable),
    defaultSort: source.defaultSort,
    defaults: source.defaults,
    patientRequired: true,
    resultParameters: new Set(resultParameters),
    elements: new Set((registry.resourceType(type)?.elements ?? []).map(({ name }) => name)),
    refusal: (code: string) => refused.get(code) ?? extraction.refusal(type, code),
    of: (other: string) => reachable.get(other),
    narrow: () => capability,
  })
  return capability
}

function modifiersOf({ kind, always, plain }: ColumnOf): readonly Modifier[] {
  const all = plain ? [] : (modifiers[kind] ?? [])
  return always ? all.filter((modifier) => modifier !== 'missing') : all
}

const kinds: Readonly<Partial<Record<SearchParamType, ParameterKind>>> = {
  token: 'token',
  date: 'date',
  string: 'string',
  reference: 'reference',
  uri: 'uri',
}

/** Of what is no column. A date is found by comparison, and needs one. */
function kindOf({ type }: SearchParameterDefinition): ParameterKind | undefined {
  return type === 'date' ? undefined : kinds[type]
}

function described(
  { code, url, type }: SearchParameterDefinition,
  kind: ParameterKind,
  targets: readonly string[],
): SearchableParameter {
  return {
    code,
    kind,
    definition: url,
    type,
    modifiers: new Set(modifiers[kind] ?? []),
    targets: new Set(targets),
    components: [],
  }
}

/**
 * Where a chain may lead: into what is contained. A reference that may lead anywhere leads no chain anywhere, since an
 * answer by some of its targets would be half an answer.
 */
function targetsOf(type: FoundType, { code, target = [] }: SearchParameterDefinition): readonly string[] {
  if (includable[type][code]) return []
  if (chainedParameters[type].includes(code)) return target.filter((name) => embeddedTypes.has(name))
  return target.length === 1 && !embeddedTypes.has(target[0] ?? '') ? target : []
}

function reachedIn(registry: Registry, type: string): ReadonlyMap<string, SearchableParameter> {
  const definitions = registry.searchParameters(type)
  const reached = new Map<string, SearchableParameter>()
  const add = (owner: string, code: string, targets: readonly string[]): void => {
    const definition = registry.searchParameters(owner).get(code)
    const kind = definition && kinds[definition.type]
    if (!definition || !kind) throw new Error(`${owner}?${code} is no parameter a chain could end in`)
    const made = described(definition, kind, targets)
    // A chain says what is there; what is not there it does not reach.
    reached.set(code, { ...made, modifiers: new Set([...made.modifiers].filter((m) => m !== 'missing')) })
  }
  const embedded = embeddedTypes.get(type)
  for (const code of embedded?.ends ?? []) add(type, code, [])
  for (const code of embedded?.links ?? [])
    add(
      type,
      code,
      (definitions.get(code)?.target ?? []).filter((name) => embeddedTypes.has(name)),
    )
  for (const end of embedded?.borrows?.ends ?? [])
    if (!reached.has(end)) add(embedded?.borrows?.type ?? type, end, [])
  if (type === 'DocumentReference' || type === 'List')
    for (const [code, targets] of Object.entries(includable[type])) add(type, code, targets)
  return reached
}
