/**
 * What a ValueSet says it consists of, read from the resource.
 * @see https://hl7.org/fhir/R4/valueset.html#compositions and the invariants vsd-1 to vsd-3 of ValueSet.compose
 *
 * Not read: extensions of compose (expansion rules, groups), lockedDate.
 */
import { refusal } from '../fhir/fhir-error.ts'
import type { JsonObject } from '../fhir/json.ts'
import { flagOf, objectOf, objectsOf, textOf, textsOf } from './element.ts'

export type ListedConcept = {
  readonly code: string
  readonly display: string | undefined
  readonly designations: readonly JsonObject[]
}

export type Filter = { readonly property: string; readonly op: string; readonly value: string }

/** One include or exclude: what meets all of it. */
export type ConceptSet = {
  readonly system: string | undefined
  readonly version: string | undefined
  /** Undefined: the whole system, as far as the filters let it. */
  readonly listed: readonly ListedConcept[] | undefined
  readonly filters: readonly Filter[]
  readonly valueSets: readonly string[]
}

export type ValueSetDefinition = {
  readonly url: string | undefined
  readonly version: string | undefined
  readonly include: readonly ConceptSet[]
  readonly exclude: readonly ConceptSet[]
  /** `compose.inactive` is false: inactive concepts are not of the set. */
  readonly activeOnly: boolean
  readonly contained: readonly JsonObject[]
}

/** @throws FhirError when an element has not its form, or contradicts another */
export function readValueSet(resource: JsonObject): ValueSetDefinition {
  const compose = objectOf(resource, 'compose')
  return {
    url: textOf(resource, 'url'),
    version: textOf(resource, 'version'),
    include: compose ? objectsOf(compose, 'include').map(readConceptSet) : readStoredExpansion(resource),
    exclude: compose ? objectsOf(compose, 'exclude').map(readConceptSet) : [],
    activeOnly: compose !== undefined && flagOf(compose, 'inactive') === false,
    contained: objectsOf(resource, 'contained'),
  }
}

function readConceptSet(source: JsonObject): ConceptSet {
  const system = textOf(source, 'system')
  const concepts = objectsOf(source, 'concept')
  const filters = objectsOf(source, 'filter').map((filter) => ({
    property: textOf(filter, 'property') ?? '',
    op: textOf(filter, 'op') ?? '',
    value: textOf(filter, 'value') ?? '',
  }))
  const valueSets = [...new Set(textsOf(source, 'valueSet'))]
  if (system === undefined && valueSets.length === 0) throw contradiction('vsd-1')
  if (system === undefined && (concepts.length > 0 || filters.length > 0)) throw contradiction('vsd-2')
  if (concepts.length > 0 && filters.length > 0) throw contradiction('vsd-3')
  return {
    system,
    version: textOf(source, 'version'),
    listed: concepts.length > 0 ? concepts.map(readListed) : undefined,
    filters,
    valueSets,
  }
}

function readListed(source: JsonObject): ListedConcept {
  return {
    code: textOf(source, 'code') ?? '',
    display: textOf(source, 'display'),
    designations: objectsOf(source, 'designation'),
  }
}

/** A value set that holds nothing but its expansion is what that says, provided that it says all. */
function readStoredExpansion(resource: JsonObject): readonly ConceptSet[] {
  const expansion = objectOf(resource, 'expansion')
  if (!expansion) return []
  const bySystem = new Map<string, ListedConcept[]>()
  const pending = [...objectsOf(expansion, 'contains')].reverse()
  let count = 0
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const system = textOf(next, 'system')
    const { code, ...rest } = readListed(next)
    if (system !== undefined && code !== '') {
      const listed = bySystem.get(system) ?? []
      listed.push({ code, ...rest })
      bySystem.set(system, listed)
      count++
    }
    pending.push(...[...objectsOf(next, 'contains')].reverse())
  }
  const open = objectsOf(expansion, 'extension').some((e) => textOf(e, 'url') === UNCLOSED)
  if (open || (typeof expansion.total === 'number' && expansion.total > count))
    throw contradiction('expansion')
  return [...bySystem].map(([system, listed]) => ({
    system,
    version: undefined,
    listed,
    filters: [],
    valueSets: [],
  }))
}

const UNCLOSED = 'http://hl7.org/fhir/StructureDefinition/valueset-unclosed'

function contradiction(rule: string): Error {
  return refusal('unprocessable', 'jeu-incorrect', { type: 'invariant', params: { rule } })
}
