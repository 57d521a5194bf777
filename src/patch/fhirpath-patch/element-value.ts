/**
 * The value of an operation as it will stand in the resource: a `value[x]`, a resource, or parts that are the elements
 * of a type which has no `value[x]` (backbone elements, Extension, Narrative).
 * @see https://hl7.org/fhir/R4/fhirpatch.html (anonymous types; "the type of the value must be correct")
 *
 * A type is taken where the element has it, an ancestor or a descendant of it (a `string` for a `code`, an `Age` for a
 * `Quantity`): the validation of the outcome checks the text. Not checked here: values, bindings, cardinality of parts
 * that are missing.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { PropertyDefinition, TypeDefinition } from '../../definitions/type-definition.ts'
import { copyJson } from '../../fhir/copy-json.ts'
import type { JsonObject } from '../../fhir/json.ts'
import type { OperationParameter } from '../../fhir/operation-parameters.ts'
import { type ElementItem, type ElementPlace, propertiesOf, writeElement } from './element-list.ts'
import { elementNamed } from './element-named.ts'
import { malformed, misfit } from './patch-fault.ts'

type Target = Omit<ElementPlace, 'owner'>

/** @throws FhirError 400 without any value, 422 on one of a wrong type */
export function elementValue(
  parameter: OperationParameter,
  target: Target,
  index: number,
  registry: Registry,
): ElementItem {
  if (parameter.resource) return resourceValue(parameter.resource, target, index, registry)
  if (parameter.type !== undefined) return typedValue(parameter, parameter.type, target, index, registry)
  if (parameter.parts.size > 0) return partsValue(parameter, target, index, registry)
  throw malformed(index, `${parameter.name}: value[x] | resource | part`)
}

function wrongType(given: string, target: Target, index: number): Error {
  const expected = propertiesOf(target).map(({ type }) => type.name)
  return misfit(index, 'patch-valeur', { given, name: target.element.path, expected: expected.join(' | ') })
}

function resourceValue(resource: JsonObject, target: Target, index: number, registry: Registry): ElementItem {
  const { resourceType } = resource
  const isKnown = typeof resourceType === 'string' && registry.isResourceType(resourceType)
  const property = propertiesOf(target).find(({ type }) => type.kind === 'resource')
  if (!isKnown || !property) throw wrongType('resource', target, index)
  return { property, value: copyJson(resource), aside: undefined }
}

function typedValue(
  parameter: OperationParameter,
  typeName: string,
  target: Target,
  index: number,
  registry: Registry,
): ElementItem {
  const given = registry.type('Parameters.parameter')?.properties.get(`value${typeName}`)?.type
  if (!given) throw malformed(index, 'value[x]')
  const property = fittingProperty(given, target)
  if (!property) throw wrongType(given.name, target, index)
  const { value, aside } = parameter
  return {
    property,
    value: value === undefined ? undefined : copyJson(value),
    aside: aside === undefined ? undefined : copyJson(aside),
  }
}

/** The very type first: of `value[x]`, a string is a string, though it might be a code. */
function fittingProperty(given: TypeDefinition, target: Target): PropertyDefinition | undefined {
  const properties = propertiesOf(target)
  const exact = properties.find(({ type }) => type === given)
  if (exact) return exact
  const [near, ...others] = properties.filter(({ type }) => isKin(given, type))
  return others.length === 0 ? near : undefined
}

function isKin(given: TypeDefinition, wanted: TypeDefinition): boolean {
  // No value[x] is xhtml: a narrative can only be given as text.
  if (wanted.name === 'xhtml') return given.name === 'string' || given.name === 'markdown'
  return descends(given, wanted) || descends(wanted, given)
}

function descends(type: TypeDefinition, from: TypeDefinition): boolean {
  for (let t: TypeDefinition | undefined = type; t; t = t.base) if (t === from) return !from.abstract
  return false
}

function partsValue(
  parameter: OperationParameter,
  target: Target,
  index: number,
  registry: Registry,
): ElementItem {
  const [property, ...others] = propertiesOf(target).filter(({ type }) => isBuilt(type))
  if (!property || others.length > 0) throw wrongType('part', target, index)
  const owner: JsonObject = {}
  for (const [name, parts] of parameter.parts) {
    const element = elementNamed(name, property.type, index)
    const place = { owner, ownerType: property.type, element }
    if (parts.length > element.max) throw misfit(index, 'patch-existe', { name: element.path })
    writeElement(
      place,
      parts.map((part) => elementValue(part, place, index, registry)),
    )
  }
  return { property, value: owner, aside: undefined }
}

function isBuilt({ kind }: TypeDefinition): boolean {
  return kind === 'nested' || kind === 'datatype'
}
