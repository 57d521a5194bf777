/**
 * A CodeSystem, ready to be asked: its concepts by code, and what lies above and below each.
 * @see https://hl7.org/fhir/R4/codesystem.html (hierarchy: `concept.concept` and the properties parent and child)
 * @see https://hl7.org/fhir/R4/codesystem-concept-properties.html (inactive, status, notSelectable, parent, child)
 *
 * Not read: supplements of a code system, and code systems whose codes are a grammar (UCUM, BCP 47, MIME types).
 */
import type { JsonObject } from '../fhir/json.ts'
import { flagOf, objectsOf, textOf } from './element.ts'

export type Concept = {
  readonly code: string
  readonly display: string | undefined
  readonly definition: string | undefined
  /** A heading, not meant to be recorded. */
  readonly abstract: boolean
  readonly inactive: boolean
  readonly properties: readonly JsonObject[]
  readonly designations: readonly JsonObject[]
}

export type CodeSystemIndex = {
  readonly url: string
  readonly version: string | undefined
  /** Every code is here. A fragment or example says of a code that it has not only that it does not know it. */
  readonly complete: boolean
  readonly caseSensitive: boolean
  /** In the published order. */
  readonly concepts: readonly Concept[]
  readonly resource: JsonObject
  find(code: string): Concept | undefined
  /** The first is the one it is nested in. */
  parents(code: string): readonly string[]
  children(code: string): readonly string[]
  /** The code itself and all it subsumes, or all that subsume it; empty for a code that is not of the system. */
  descendants(code: string): ReadonlySet<string>
  ancestors(code: string): ReadonlySet<string>
  /** Whether concepts may have this property by the system's own declaration. */
  declares(property: string): boolean
}

const CONCEPT_PROPERTIES = 'http://hl7.org/fhir/concept-properties#'
const inactiveStatus: ReadonlySet<string> = new Set(['retired', 'inactive'])

/** @throws FhirError when an element has not the form that FHIR gives it */
export function indexCodeSystem(resource: JsonObject): CodeSystemIndex {
  const caseSensitive = flagOf(resource, 'caseSensitive') !== false
  const key = (code: string): string => (caseSensitive ? code : code.toLowerCase())
  const names = propertyNames(resource)
  const concepts: Concept[] = []
  const byKey = new Map<string, Concept>()
  const parents = new Map<string, string[]>()
  const children = new Map<string, string[]>()
  const relate = (parent: string, child: string): void => {
    push(parents, key(child), parent)
    push(children, key(parent), child)
  }
  const relations: (readonly [parent: string, child: string])[] = []

  // A stack of our own: a client's hierarchy may be as deep as its JSON.
  const pending = objectsOf(resource, 'concept')
    .map((source) => ({ source, parent: undefined as string | undefined }))
    .reverse()
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const concept = readConcept(next.source, names)
    if (!byKey.has(key(concept.code))) {
      byKey.set(key(concept.code), concept)
      concepts.push(concept)
    }
    if (next.parent !== undefined) relate(next.parent, concept.code)
    for (const property of concept.properties) {
      const other = textOf(property, 'valueCode')
      const name = textOf(property, 'code')
      if (other === undefined) continue
      if (name === names.child) relations.push([concept.code, other])
      if (name === names.parent) relations.push([other, concept.code])
    }
    for (const source of [...objectsOf(next.source, 'concept')].reverse())
      pending.push({ source, parent: concept.code })
  }
  // After nesting, so that the first parent is the one a concept is nested in.
  for (const [parent, child] of relations) relate(parent, child)

  const meaning = textOf(resource, 'hierarchyMeaning')
  // Without a declared meaning R4's own value sets filter by it as is-a; part-of and the like do not subsume.
  const subsumes = meaning === undefined || meaning === 'is-a'
  const reach = (code: string, next: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> => {
    const start = byKey.get(key(code))
    const reached = new Set<string>(start ? [start.code] : [])
    if (!subsumes) return reached
    // Growing while it is walked: a cycle adds nothing that is not there.
    for (const at of reached)
      for (const other of next.get(key(at)) ?? []) {
        const concept = byKey.get(key(other))
        if (concept) reached.add(concept.code)
      }
    return reached
  }
  const declared = new Set([
    ...objectsOf(resource, 'property').map((property) => textOf(property, 'code')),
    ...objectsOf(resource, 'filter').map((filter) => textOf(filter, 'code')),
  ])
  return {
    url: textOf(resource, 'url') ?? '',
    version: textOf(resource, 'version'),
    complete: textOf(resource, 'content') === 'complete',
    caseSensitive,
    concepts,
    resource,
    find: (code) => byKey.get(key(code)),
    parents: (code) => parents.get(key(code)) ?? [],
    children: (code) => children.get(key(code)) ?? [],
    descendants: (code) => reach(code, children),
    ancestors: (code) => reach(code, parents),
    declares: (property) => declared.has(property),
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key)
  if (!list) map.set(key, [value])
  else if (!list.includes(value)) list.push(value)
}

type PropertyNames = { readonly parent: string; readonly child: string; readonly abstract: readonly string[] }

/** A system may give the properties that FHIR defines names of its own. */
function propertyNames(resource: JsonObject): PropertyNames {
  const named = (standard: string): string => {
    const property = objectsOf(resource, 'property').find(
      (candidate) => textOf(candidate, 'uri') === CONCEPT_PROPERTIES + standard,
    )
    return (property && textOf(property, 'code')) ?? standard
  }
  return {
    parent: named('parent'),
    child: named('child'),
    // `abstract` is what two systems of R4 call it, without a URI.
    abstract: [named('notSelectable'), 'abstract'],
  }
}

function readConcept(source: JsonObject, names: PropertyNames): Concept {
  const properties = objectsOf(source, 'property')
  return {
    code: textOf(source, 'code') ?? '',
    display: textOf(source, 'display'),
    definition: textOf(source, 'definition'),
    abstract: properties.some(
      (p) => names.abstract.includes(textOf(p, 'code') ?? '') && p.valueBoolean === true,
    ),
    inactive: properties.some((p) => {
      const name = textOf(p, 'code')
      if (name === 'inactive') return p.valueBoolean === true
      return name === 'status' && inactiveStatus.has(textOf(p, 'valueCode') ?? '')
    }),
    properties,
    designations: objectsOf(source, 'designation'),
  }
}
