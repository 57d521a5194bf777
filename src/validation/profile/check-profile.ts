/**
 * Checks a value against a profile: what the profile demands beyond the base specification.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
import { isJsonObject, type JsonValue, stringifyJson } from '../../fhir/json.ts'
import type { FhirNode } from '../../fhirpath/node.ts'
import { stepInto } from '../../fhirpath/node.ts'
import type { Around } from '../around.ts'
import { isBound } from '../binding-check.ts'
import { Findings } from '../findings.ts'
import { checkInvariants } from '../invariant-check.ts'
import type { Walk } from '../walk.ts'
import { checkSlices } from './check-slices.ts'
import { checkTarget } from './check-target.ts'
import type { AllowedType, CompiledProfile, LoadedProfiles, ProfileElement } from './compiled-profile.ts'
import { hasPattern, isFixed } from './fixed-and-pattern.ts'

/** Longer values of a profile are not repeated in an answer. */
const longestExpected = 200

/** How deep profiles may call for one another: an extension of an extension of … */
const deepestNesting = 12

type Checking = { readonly walk: Walk; readonly profile: CompiledProfile; readonly nesting: number }

/** The walk stands at the value. */
export function checkProfile(profile: CompiledProfile, node: FhirNode, walk: Walk, nesting = 0): void {
  if (nesting > deepestNesting) return
  if (!isOfProfileType(node, profile)) {
    walk.findings.add('structure', 'profil-type', { profile: profile.url, expected: profile.type })
  } else checkValue(profile.root, node, { walk, profile, nesting })
}

function isOfProfileType(node: FhirNode, { type }: CompiledProfile): boolean {
  for (let t: FhirNode['type'] | undefined = node.type; t; t = t.base) if (t.name === type) return true
  return false
}

/**
 * Whether a value follows a profile; undefined when the profile is not known. A resource that claims it is taken at its
 * word: if it does not follow it, that is told where its claim is checked.
 */
export function follows(
  url: string,
  node: FhirNode,
  around: Around,
  among: LoadedProfiles,
  nesting = 0,
): boolean | undefined {
  if (claims(node.value, url)) return true
  const profile = among.profile(url)
  if (!profile) return baseType(url, node, around)
  const findings = new Findings()
  const links = new Set<string>()
  const isContained = around.resource !== around.rootResource
  const inside = node.type.kind === 'resource' ? { ...around, resource: node } : around
  const walk: Walk = { ...inside, findings, profiles: undefined, warnings: false, isContained, links }
  checkProfile(profile, node, walk, nesting + 1)
  return findings.issues.length === 0
}

function claims(value: JsonValue | undefined, url: string): boolean {
  if (!isJsonObject(value) || !isJsonObject(value.meta) || !Array.isArray(value.meta.profile)) return false
  return value.meta.profile.includes(url)
}

/** A base definition is followed by every resource of that type, which the walk checks anyway. */
function baseType(url: string, { type }: FhirNode, { registry }: Around): boolean | undefined {
  const name = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/.exec(url)?.[1]
  if (name === undefined || !registry.type(name)) return undefined
  for (let t: FhirNode['type'] | undefined = type; t; t = t.base) if (t.name === name) return true
  return false
}

function checkValue(element: ProfileElement, node: FhirNode, checking: Checking): void {
  const { walk, profile } = checking
  const { findings } = walk
  const before = findings.issues.length
  if (findings.full || !checkType(element, node, checking)) return
  const { fixed, pattern, binding, maxLength, constraints } = element
  const { value } = node
  // What a primitive without value should be, its extensions say.
  if (value !== undefined) {
    if (fixed !== undefined && !isFixed(value, fixed)) {
      findings.add('value', 'profil-valeur-fixe', { profile: profile.url, expected: shown(fixed) })
    } else if (pattern !== undefined && !hasPattern(value, pattern)) {
      findings.add('value', 'profil-motif', { profile: profile.url, expected: shown(pattern) })
    }
    if (binding && !isBound(value, binding)) {
      findings.add('code-invalid', 'code-inconnu', { valueSet: binding.url })
    }
    if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength) {
      findings.add('too-long', 'profil-longueur', { profile: profile.url, max: maxLength })
    }
  }
  const inside = node.type.kind === 'resource' ? { ...walk, resource: node } : walk
  for (const child of element.children) checkChild(child, node, { ...checking, walk: inside })
  if (constraints.length > 0 && !findings.hasOwnSince(before)) checkInvariants(constraints, node, inside)
}

function shown(expected: JsonValue): string {
  const text = stringifyJson(expected)
  return text.length > longestExpected ? '…' : text
}

function checkChild(element: ProfileElement, parent: FhirNode, checking: Checking): void {
  const { walk, profile } = checking
  const { findings, registry } = walk
  const steps = parent.type.steps.get(element.name)
  // An element that only another type of this choice has.
  if (!steps) return
  const nodes = stepInto(parent, steps, registry, [])
  const { name, min, max, slicing } = element
  if (nodes.length === 0 && min > 0) {
    findings.add('required', 'profil-cardinalite', { profile: profile.url, min, max: bound(max) }, name)
    return
  }
  findings.enter(name)
  if (nodes.length < min || nodes.length > max) {
    findings.add('structure', 'profil-cardinalite', { profile: profile.url, min, max: bound(max) })
  }
  for (const node of nodes) at(node, findings, () => checkValue(element, node, checking))
  if (slicing) {
    checkSlices(slicing, nodes, walk, profile.url, (slice, node) =>
      at(node, findings, () => checkValue(slice.element, node, checking)),
    )
  }
  findings.leave()
}

function at(node: FhirNode, findings: Findings, check: () => void): void {
  if (node.index !== undefined) findings.enter(node.index)
  check()
  if (node.index !== undefined) findings.leave()
}

function bound(max: number): string | number {
  return max === Number.POSITIVE_INFINITY ? '*' : max
}

/** False when the value is of another type: the rest would say the same again. */
function checkType({ types }: ProfileElement, node: FhirNode, checking: Checking): boolean {
  if (!types) return true
  const { walk, profile } = checking
  const allowed = types.find((type) => isOf(node, type))
  if (!allowed) {
    const expected = types.map((type) => type.name).join(', ')
    walk.findings.add('structure', 'profil-type', { profile: profile.url, expected })
    return false
  }
  checkTypeProfiles(allowed, node, checking)
  if (allowed.contained && !isToContained(node)) {
    walk.findings.add('value', 'profil-contenue', { profile: profile.url }, 'reference')
    return true
  }
  if (allowed.targets) {
    checkTarget(allowed.targets, node, walk, profile, (url, target) =>
      follows(url, target, walk, profile.among, checking.nesting),
    )
  }
  return true
}

function isToContained({ value }: FhirNode): boolean {
  return isJsonObject(value) && typeof value.reference === 'string' && value.reference.startsWith('#')
}

function isOf(node: FhirNode, { name }: AllowedType): boolean {
  for (let t: FhirNode['type'] | undefined = node.type; t; t = t.base) if (t.name === name) return true
  return false
}

function checkTypeProfiles({ profiles }: AllowedType, node: FhirNode, checking: Checking): void {
  const { walk, profile, nesting } = checking
  const [only, ...others] = profiles
  if (only === undefined) return
  if (others.length === 0) {
    const known = profile.among.profile(only)
    if (known) checkProfile(known, node, inner(node, walk), nesting + 1)
    return
  }
  const results = profiles.map((url) => follows(url, node, walk, profile.among, nesting))
  if (results.every((result) => result === false)) {
    walk.findings.add('structure', 'profil-type', { profile: profile.url, expected: profiles.join(', ') })
  }
}

function inner(node: FhirNode, walk: Walk): Walk {
  return node.type.kind === 'resource' ? { ...walk, resource: node } : walk
}
