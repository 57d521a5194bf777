/**
 * What can be searched on one resource type, or on several together: the parameters that FHIR defines and storage has
 * indexed. A parameter that FHIR defines and nobody indexed is refused, never half-answered.
 */

import type { SearchParamType } from '../definitions/definitions.ts'
import type { Zone } from '../fhir/date.ts'
import type { Wording } from '../fhir/errors/wording.ts'
import type { ComponentType } from './extraction/index-values.ts'
import type { SearchCodes } from './search-codes.ts'
import type { SortKey } from './search-expression.ts'

export type SearchCapability = {
  readonly types: readonly string[]
  readonly parameters: ReadonlyMap<string, SearchableParameter>
  /** Codes that `_sort` may name. */
  readonly sortable: ReadonlySet<string>
  /** Without `_sort`. Empty: by id alone. */
  readonly defaultSort: readonly SortKey[]
  /** Criteria that hold when the request has none of that name (rule D4: archived and superseded are left out). */
  readonly defaults: readonly (readonly [string, string])[]
  /** Whether a search must name one patient, by `patient`, `subject` or an identifier of theirs. */
  readonly patientRequired: boolean
  /** Which parameters that shape the answer are taken; others are unknown. */
  readonly resultParameters: ReadonlySet<ResultParameter>
  /** Forms of `_total`; `estimate` is answered exactly. */
  readonly totals: readonly ('none' | 'estimate' | 'accurate')[]
  readonly limits: SearchLimits
  /** Of dates that name no zone. */
  readonly zone: Zone
  /** This server's FHIR base, without a trailing slash: absolute references to it are local ones. */
  readonly base: string
  /** Asked for the whole of a search, chains included: may be replaced for one request. */
  readonly codes: SearchCodes
  /** What `_elements` may name. */
  readonly elements: ReadonlySet<string>
  /** Why a parameter that FHIR defines is not answered; undefined when it is answered, or unknown. */
  refusal(code: string): Wording | undefined
  /** What chains, `_has` and includes may reach: one resource type, by itself. Undefined: no such type here. */
  of(type: string): SearchCapability | undefined
  /** The same on some of its types: what `_type` asks for. */
  narrow(types: readonly string[]): SearchCapability
}

export const resultParameters = [
  '_count',
  '_sort',
  '_total',
  '_summary',
  '_elements',
  '_include',
  '_revinclude',
] as const
export type ResultParameter = (typeof resultParameters)[number]

/** How the values of a parameter are read: `_id` is a token in FHIR, and a list of ids here. */
export type ParameterKind = 'id' | 'composite' | ComponentType

export type SearchableParameter = {
  readonly code: string
  readonly kind: ParameterKind
  /** URL of the SearchParameter. */
  readonly definition: string
  /** FHIR type, as the CapabilityStatement states it. */
  readonly type: SearchParamType
  readonly modifiers: ReadonlySet<Modifier>
  /** Resource types that a reference may lead to; empty for the other kinds. */
  readonly targets: ReadonlySet<string>
  /** Of a composite, in the order of its definition. */
  readonly components: readonly ComponentType[]
  /** A text that is searched for its words. */
  readonly words?: true
}

/** `:[type]` of references apart. */
export type Modifier =
  | 'missing'
  | 'exact'
  | 'contains'
  | 'not'
  | 'text'
  | 'in'
  | 'not-in'
  | 'above'
  | 'below'
  | 'of-type'
  | 'identifier'

export type SearchLimits = {
  readonly defaultCount: number
  readonly maxCount: number
  /** Names and values of one request. */
  readonly maxParameters: number
  /** Alternatives of one parameter. */
  readonly maxValues: number
  /** Characters of all names and values. */
  readonly maxLength: number
  readonly maxSortKeys: number
  readonly maxIncludes: number
  /** Links of one chain, `_has` included. */
  readonly maxDepth: number
  /** Types that all chains of a search may branch out to. */
  readonly maxBranches: number
  /** Codes that one `:in`, `:not-in`, `:above` or `:below` may stand for. */
  readonly maxCodes: number
}
