/**
 * The walk through a resource along its definition: known elements, cardinalities, JSON types, choices, primitive
 * extensions; at each element the checks of values, bindings, datatypes and invariants.
 * @see https://hl7.org/fhir/R4/json.html
 */
import type { Registry } from '../definitions/registry.ts'
import type { ElementDefinition, PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { FhirNode } from '../fhirpath/node.ts'
import { isBound } from './binding-check.ts'
import { checkContained, containedTypes } from './contained-check.ts'
import { datatypeChecks } from './datatype-checks.ts'
import type { Findings } from './findings.ts'
import { checkInvariants } from './invariant-check.ts'
import { hasContent } from './narrative.ts'
import { primitiveChecks } from './primitive-checks.ts'
import { checkClaims } from './profile/check-claims.ts'
import { checkProfile } from './profile/check-profile.ts'
import type { Walk } from './walk.ts'

/** Steps of the path: an element of a list counts two. */
const maxDepth = 128

const UNDERSCORE = 0x5f
const HASH = 0x23

/** Element names that may be repeated in an answer; any other text that stands as a name may be personal. */
const NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/

export function resourceType(value: JsonValue, registry: Registry): TypeDefinition | undefined {
  const name = isJsonObject(value) ? value.resourceType : undefined
  return typeof name === 'string' ? registry.resourceType(name) : undefined
}

/** @returns what is known inside the resource; undefined when it is none */
export function checkResource(value: JsonValue, around: Walk): Walk | undefined {
  const { findings, registry } = around
  const type = resourceType(value, registry)
  if (!isJsonObject(value)) findings.add('structure', 'type-attendu', { datatype: 'object' })
  else if (!type) findings.add('structure', 'type-attendu', { datatype: 'FHIR R4' }, 'resourceType')
  else {
    const walk = inside(value, type, around)
    checkObject(value, type, undefined, walk)
    if (!walk.isContained) checkContained(value, walk.links, findings)
    if (walk.resource) checkClaims(value, walk.resource, walk)
    return walk
  }
  return undefined
}

function inside(value: JsonObject, type: TypeDefinition, around: Walk): Walk {
  const resource = new FhirNode(value, undefined, type, undefined, type.name, undefined)
  if (around.isContained) return { ...around, resource }
  return { ...around, resource, rootResource: resource, contained: containedTypes(value), links: new Set() }
}

/** @param element absent for a resource */
function checkObject(
  value: JsonObject,
  type: TypeDefinition,
  element: ElementDefinition | undefined,
  walk: Walk,
): void {
  const { findings } = walk
  const keys = Object.keys(value)
  const before = findings.issues.length
  if (findings.depth > maxDepth) findings.add('too-long', 'trop-long', { what: 'JSON', limit: maxDepth })
  else if (keys.length === 0) findings.add('structure', 'valeur-vide')
  else if (keys.length === 1 && keys[0] === 'id' && element) findings.add('invariant', 'identifiant-seul')
  else {
    const chosen = new Set<ElementDefinition>()
    for (const key of keys) {
      if (findings.full) return
      if (key !== 'resourceType' || type.kind !== 'resource') checkKey(key, value, type, chosen, walk)
    }
    for (const required of type.required) {
      const present = required.choice ? chosen.has(required) : isPresent(value, required)
      if (!present) findings.add('required', 'element-requis', {}, required.name)
    }
    const ofElement = element?.constraints ?? []
    if (type.constraints.length + ofElement.length > 0 && !findings.hasOwnSince(before)) {
      const node = element ? new FhirNode(value, undefined, type, undefined, '', undefined) : walk.resource
      if (node && type.constraints.length > 0) checkInvariants(type.constraints, node, walk)
      if (node && ofElement.length > 0) checkInvariants(ofElement, node, walk)
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
  else checkElement(item, value[property.aside], property, walk)
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
  if (kind === 'primitive') checkPrimitive(value, property, walk)
  else if (kind === 'resource') checkInnerResource(value, property, walk)
  else if (isJsonObject(value)) checkDatatype(value, property, walk)
  else walk.findings.add('structure', 'type-attendu', { datatype: 'object' })
}

function checkPrimitive(value: JsonValue, { element, type }: PropertyDefinition, walk: Walk): void {
  const { findings } = walk
  if (value === '') findings.add('structure', 'valeur-vide')
  else if (primitiveChecks[type.name]?.(value) === true) {
    checkBinding(value, element, findings)
    if (typeof value === 'string') {
      if (value.charCodeAt(0) === HASH && isLink(element, type)) walk.links.add(value)
      if (type.name === 'xhtml' && !hasContent(value)) findings.add('invariant', 'recit-sans-contenu')
    }
    if (element.constraints.length > 0) {
      checkInvariants(
        element.constraints,
        new FhirNode(value, undefined, type, undefined, '', undefined),
        walk,
      )
    }
  } else if (type.name === 'xhtml') findings.add('value', 'recit-incorrect')
  else findings.add('value', 'type-attendu', { datatype: type.name })
}

/** What rule dom-3 takes for a reference to a contained resource. */
function isLink(element: ElementDefinition, { name }: TypeDefinition): boolean {
  return element.name === 'reference' || name === 'canonical' || name === 'uri' || name === 'url'
}

function checkDatatype(value: JsonObject, { element, type }: PropertyDefinition, walk: Walk): void {
  checkObject(value, type, element, walk)
  datatypeChecks[type.name]?.(value, element, walk)
  if (type.name === 'Extension') checkExtensionProfile(value, type, walk)
  checkBinding(value, element, walk.findings)
}

/** An extension whose definition is loaded follows it, wherever it stands. */
function checkExtensionProfile(value: JsonObject, type: TypeDefinition, walk: Walk): void {
  const profile = typeof value.url === 'string' ? walk.profiles?.profile(value.url) : undefined
  if (profile) checkProfile(profile, new FhirNode(value, undefined, type, undefined, '', undefined), walk)
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
  if (property.element.max === 1) checkAsideObject(aside, value !== undefined, property, walk)
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
      checkAsideObject(item, hasValue, property, walk)
      findings.leave()
    }
  }
}

function checkAsideObject(
  aside: JsonValue,
  hasValue: boolean,
  { type }: PropertyDefinition,
  walk: Walk,
): void {
  if (!isJsonObject(aside)) walk.findings.add('structure', 'type-attendu', { datatype: 'object' })
  else if (!hasValue && Object.keys(aside).join() === 'id') {
    walk.findings.add('invariant', 'identifiant-seul')
  } else checkObject(aside, type, undefined, walk)
}
