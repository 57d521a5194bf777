/**
 * Parts of a resource: `_summary` and `_elements`. `_summary=count` is a matter of the search, not of a resource.
 *
 * Kept besides what is asked for: mandatory elements, `id`, `meta`, and whatever changes the meaning of the rest
 * (modifier elements, `modifierExtension`, `implicitRules`), but for `text`, where the narrative tells the meaning and
 * only the last two are. Extensions of a primitive follow it; those of a kept datatype are no summary, unless nothing
 * else would be left of it.
 * @see https://hl7.org/fhir/R4/search.html#summary and #elements
 */
import type { Registry } from '../definitions/registry.ts'
import type { ElementDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { referencedContained } from './referenced-contained.ts'
import { requestedElements } from './requested-elements.ts'
import { withSubsettedTag } from './subsetted.ts'

export type Projection =
  | { readonly summary: 'true' | 'text' | 'data' | 'false' }
  /** Names as in `_elements`; those that the type has not are passed over. */
  | { readonly elements: readonly string[] }

/** The resource itself is not changed; parts of it are shared with the outcome. */
export function project(resource: JsonObject, what: Projection, registry: Registry): JsonObject {
  const { resourceType } = resource
  const type = typeof resourceType === 'string' ? registry.resourceType(resourceType) : undefined
  if (!type) throw new Error('only a resource of a known type can be projected')
  if ('elements' in what) {
    const names = new Set(requestedElements(what.elements, type.name, registry).known)
    return subset(resource, type, (e) => names.has(e.name) || isMandatory(e) || e.modifier)
  }
  switch (what.summary) {
    case 'false':
      return resource
    case 'true':
      return summarise(resource, type, registry)
    case 'text':
      return subset(resource, type, (e) => e.name === 'text' || isMandatory(e) || changesTheRules(e))
    case 'data':
      return withSubsettedTag(pick(resource, type, (e) => e.name !== 'text'))
  }
}

type Keep = (element: ElementDefinition) => boolean

const isMandatory: Keep = ({ min }) => min > 0
const changesTheRules: Keep = ({ name }) => name === 'implicitRules' || name === 'modifierExtension'
const isSummary: Keep = (element) => element.summary || element.modifier || isMandatory(element)

/** Whole base elements, and the contained resources that they lead to. */
function subset(resource: JsonObject, type: TypeDefinition, keep: Keep): JsonObject {
  const kept = pick(resource, type, (e) => keep(e) || e.name === 'id' || e.name === 'meta')
  return withSubsettedTag(withContained(kept, resource, (contained) => contained))
}

/** Properties of the elements to keep, `_name` with `name`. */
function pick(value: JsonObject, type: TypeDefinition, keep: Keep): JsonObject {
  const kept: JsonObject = {}
  for (const [name, item] of Object.entries(value)) {
    const element = elementOf(name, type)
    if (element ? keep(element) : isTypeName(name, type)) kept[name] = item
  }
  return kept
}

function elementOf(name: string, type: TypeDefinition): ElementDefinition | undefined {
  return type.properties.get(name.startsWith('_') ? name.slice(1) : name)?.element
}

function isTypeName(name: string, type: TypeDefinition): boolean {
  return name === 'resourceType' && type.kind === 'resource'
}

function withContained(
  kept: JsonObject,
  resource: JsonObject,
  form: (contained: JsonValue) => JsonValue,
): JsonObject {
  const { contained } = resource
  if (kept.contained !== undefined || !Array.isArray(contained)) return kept
  const referenced = referencedContained(kept, contained)
  return referenced.length === 0 ? kept : { ...kept, contained: referenced.map(form) }
}

/** Inner resources (of a Bundle, of Parameters) are summarised by their own type, and marked as such. */
function summarise(resource: JsonObject, type: TypeDefinition, registry: Registry): JsonObject {
  const kept = summariseObject(resource, type, registry)
  return withSubsettedTag(
    withContained(kept, resource, (contained) => {
      const inner = isJsonObject(contained) && innerType(contained, registry)
      return inner ? summariseObject(contained, inner, registry) : contained
    }),
  )
}

function summariseObject(value: JsonObject, type: TypeDefinition, registry: Registry): JsonObject {
  // An extension is one statement: no part of it stands alone.
  if (type.name === 'Extension') return value
  const kept: JsonObject = {}
  for (const [name, item] of Object.entries(pick(value, type, isSummary))) {
    const inner = type.properties.get(name)?.type
    kept[name] = inner && inner.kind !== 'primitive' ? summariseValue(item, inner, registry) : item
  }
  return Object.keys(kept).length === 0 ? value : kept
}

function summariseValue(value: JsonValue, type: TypeDefinition, registry: Registry): JsonValue {
  if (Array.isArray(value)) return value.map((item) => summariseValue(item, type, registry))
  if (!isJsonObject(value)) return value
  if (type.kind !== 'resource') return summariseObject(value, type, registry)
  const inner = innerType(value, registry)
  return inner ? summarise(value, inner, registry) : value
}

function innerType({ resourceType }: JsonObject, registry: Registry): TypeDefinition | undefined {
  return typeof resourceType === 'string' ? registry.resourceType(resourceType) : undefined
}
