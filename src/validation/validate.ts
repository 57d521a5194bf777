/**
 * Checks a resource against the base specification: known elements, cardinalities, JSON types, primitive values,
 * choices, primitive extensions, required bindings, references, contained resources and those in Bundles and
 * Parameters. One issue per fault, its expression the FHIRPath of the element.
 * @see https://hl7.org/fhir/R4/json.html and https://hl7.org/fhir/R4/validation.html (structure, cardinality, values, bindings)
 *
 * Not checked: FHIRPath invariants (but ext-1 and dom-2 by hand), profiles and slices, bindings that are not required,
 * the targets of references that are not contained, units.
 */
import type { Registry } from '../definitions/registry.ts'
import type { ElementDefinition, PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import type { Issue } from '../fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { isBound } from './binding-check.ts'
import { datatypeChecks, type Surroundings } from './datatype-checks.ts'
import { Findings } from './findings.ts'
import { primitiveChecks } from './primitive-checks.ts'

/** Steps of the path: an element of a list counts two. */
const maxDepth = 128

const UNDERSCORE = 0x5f

/** Element names that may be repeated in an answer; any other text that stands as a name may be personal. */
const NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/

type Walk = Surroundings & { readonly findings: Findings; readonly isContained: boolean }

/** No issue means no fault among what is checked. Never throws on what a JSON parser gives. */
export function validate(resource: JsonValue, registry: Registry): Issue[] {
  const findings = new Findings()
  const type = resourceType(resource, registry)
  if (type) findings.enter(type.name)
  checkResource(resource, { registry, findings, contained: new Map(), isContained: false })
  return findings.issues
}

function resourceType(value: JsonValue, registry: Registry): TypeDefinition | undefined {
  const name = isJsonObject(value) ? value.resourceType : undefined
  return typeof name === 'string' ? registry.resourceType(name) : undefined
}

function checkResource(value: JsonValue, around: Walk): void {
  const { findings, registry } = around
  const type = resourceType(value, registry)
  if (!isJsonObject(value)) findings.add('structure', 'type-attendu', { datatype: 'object' })
  else if (!type) findings.add('structure', 'type-attendu', { datatype: 'FHIR R4' }, 'resourceType')
  else {
    const contained = around.isContained ? around.contained : containedTypes(value)
    checkObject(value, type, { ...around, contained })
  }
}

function containedTypes(resource: JsonObject): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  if (!Array.isArray(resource.contained)) return types
  for (const item of resource.contained) {
    if (isJsonObject(item) && typeof item.id === 'string' && typeof item.resourceType === 'string') {
      types.set(item.id, item.resourceType)
    }
  }
  return types
}

function checkObject(value: JsonObject, type: TypeDefinition, walk: Walk): void {
  const { findings } = walk
  const keys = Object.keys(value)
  if (findings.depth > maxDepth) findings.add('too-long', 'trop-long', { what: 'JSON', limit: maxDepth })
  else if (keys.length === 0) findings.add('structure', 'valeur-vide')
  else {
    const chosen = new Set<ElementDefinition>()
    for (const key of keys) {
      if (findings.full) return
      if (key !== 'resourceType' || type.kind !== 'resource') checkKey(key, value, type, chosen, walk)
    }
    for (const element of type.required) {
      const present = element.choice ? chosen.has(element) : isPresent(value, element)
      if (!present) findings.add('required', 'element-requis', {}, element.name)
    }
  }
}

/** @param chosen choice elements met so far: a second type of one is a fault */
function checkKey(
  key: string,
  value: JsonObject,
  type: TypeDefinition,
  chosen: Set<ElementDefinition>,
  walk: Walk,
): void {
  const { findings } = walk
  const item = value[key]
  if (item === undefined) return
  const isAside = key.charCodeAt(0) === UNDERSCORE
  const name = isAside ? key.slice(1) : key
  const property = type.properties.get(name)
  if (!property || property.element.max === 0 || (isAside && property.type.kind !== 'primitive')) {
    addUnknown(key, type, findings)
    return
  }
  const { element } = property
  findings.enter(element.name)
  if (element.choice && !(isAside && name in value)) {
    if (chosen.has(element)) findings.add('structure', 'cardinalite', { min: element.min, max: 1 })
    chosen.add(element)
  }
  if (isAside) checkAside(item, value[name], property, walk)
  else checkElement(item, value[`_${key}`], property, walk)
  findings.leave()
}

function addUnknown(key: string, type: TypeDefinition, findings: Findings): void {
  const name = NAME.test(key) ? key : undefined
  findings.add('structure', 'element-inconnu', { type: type.name, name: name ?? '?' }, name)
}

/** A primitive may be there by its extensions only: they say why it has no value. */
function isPresent(value: JsonObject, element: ElementDefinition): boolean {
  if (value[element.name] !== undefined) return true
  return element.types[0]?.kind === 'primitive' && value[`_${element.name}`] !== undefined
}

function checkElement(
  value: JsonValue,
  aside: JsonValue | undefined,
  property: PropertyDefinition,
  walk: Walk,
): void {
  const { findings } = walk
  const { element, type } = property
  if (element.max === 1) {
    if (Array.isArray(value)) findings.add('structure', 'cardinalite', { min: element.min, max: 1 })
    else checkValue(value, property, walk)
  } else if (!Array.isArray(value)) findings.add('structure', 'type-attendu', { datatype: 'array' })
  else if (value.length === 0) findings.add('structure', 'valeur-vide')
  else {
    for (let i = 0; i < value.length && !findings.full; i++) {
      const item = value[i]
      // In a list of primitives null keeps the place of a value that has extensions only.
      const placeholder =
        item === null && type.kind === 'primitive' && Array.isArray(aside) && isJsonObject(aside[i])
      if (item === undefined || placeholder) continue
      findings.enter(i)
      checkValue(item, property, walk)
      findings.leave()
    }
  }
}

function checkValue(value: JsonValue, property: PropertyDefinition, walk: Walk): void {
  const { kind } = property.type
  if (kind === 'primitive') checkPrimitive(value, property, walk.findings)
  else if (kind === 'resource') checkInnerResource(value, property, walk)
  else if (isJsonObject(value)) checkDatatype(value, property, walk)
  else walk.findings.add('structure', 'type-attendu', { datatype: 'object' })
}

function checkPrimitive(value: JsonValue, { element, type }: PropertyDefinition, findings: Findings): void {
  if (value === '') findings.add('structure', 'valeur-vide')
  else if (primitiveChecks[type.name]?.(value) === true) checkBinding(value, element, findings)
  else if (type.name === 'xhtml') findings.add('value', 'recit-incorrect')
  else findings.add('value', 'type-attendu', { datatype: type.name })
}

function checkDatatype(value: JsonObject, { element, type }: PropertyDefinition, walk: Walk): void {
  checkObject(value, type, walk)
  datatypeChecks[type.name]?.(value, element, walk, walk.findings)
  checkBinding(value, element, walk.findings)
}

function checkBinding(value: JsonValue, element: ElementDefinition, findings: Findings): void {
  if (!element.binding || isBound(value, element.binding)) return
  findings.add('code-invalid', 'code-inconnu', { valueSet: element.binding.url })
}

/** Contained, in an entry of a Bundle, in a parameter. Contained resources contain no others (dom-2). */
function checkInnerResource(value: JsonValue, { element }: PropertyDefinition, walk: Walk): void {
  const isContained = element.name === 'contained'
  if (isContained && isJsonObject(value) && 'contained' in value) {
    walk.findings.add('structure', 'element-inconnu', { type: 'contained', name: 'contained' }, 'contained')
  } else checkResource(value, { ...walk, isContained })
}

/** `_name`: id and extensions of a primitive, in a list at the place of its value. */
function checkAside(
  aside: JsonValue,
  value: JsonValue | undefined,
  property: PropertyDefinition,
  walk: Walk,
): void {
  const { findings } = walk
  if (property.element.max === 1) checkAsideObject(aside, walk)
  else if (!Array.isArray(aside)) findings.add('structure', 'type-attendu', { datatype: 'array' })
  else if (aside.length === 0) findings.add('structure', 'valeur-vide')
  else if (Array.isArray(value) && value.length !== aside.length) {
    findings.add('structure', 'cardinalite', { min: value.length, max: value.length })
  } else {
    for (let i = 0; i < aside.length && !findings.full; i++) {
      const item = aside[i]
      const hasValue = Array.isArray(value) && value[i] !== null
      if (item === undefined || (item === null && hasValue)) continue
      findings.enter(i)
      checkAsideObject(item, walk)
      findings.leave()
    }
  }
}

function checkAsideObject(aside: JsonValue, walk: Walk): void {
  const element = walk.registry.type('Element')
  if (!element) throw new Error('the definitions have no Element')
  if (isJsonObject(aside)) checkObject(aside, element, walk)
  else walk.findings.add('structure', 'type-attendu', { datatype: 'object' })
}
