/**
 * Compiles one element of a profile with all below it. What the base specification says already is left out.
 * @see https://hl7.org/fhir/R4/elementdefinition.html
 */
import { type Constraint, checkedOtherwise } from '../../definitions/constraints.ts'
import type { Registry } from '../../definitions/registry.ts'
import type { ValueSetCodes } from '../../definitions/value-set-codes.ts'
import { isJsonObject, type JsonObject } from '../../fhir/json.ts'
import { compileFhirPath } from '../../fhirpath/fhirpath.ts'
import { FhirPathSyntaxError } from '../../fhirpath/syntax.ts'
import { compileMatch, type Discriminator, type MatchContext } from './compile-match.ts'
import type { AllowedType, ProfileElement, Slice, Slicing, Target } from './compiled-profile.ts'
import { type ElementNode, ProfileError, type Sources, statedValue, typesOf } from './element-tree.ts'

export type Compilation = {
  readonly registry: Registry
  readonly sources: Sources
  readonly notChecked: (what: string) => void
  readonly match: MatchContext
}

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

export function compileElement(node: ElementNode, compilation: Compilation): ProfileElement {
  const { definition, element, name, slice } = node
  const min = typeof definition.min === 'number' ? definition.min : 0
  const max = maxOf(definition.max)
  // Of a slice they are its own; of an element only what is stricter than the base counts.
  const needs = slice !== undefined || min > (element?.min ?? 0)
  const limits = slice !== undefined || !element || max < element.max
  return {
    name,
    min: needs ? min : 0,
    max: needs || limits ? max : Number.POSITIVE_INFINITY,
    types: allowedTypes(node, compilation),
    fixed: statedValue(definition, 'fixed'),
    pattern: statedValue(definition, 'pattern'),
    binding: bindingOf(node, compilation),
    maxLength: typeof definition.maxLength === 'number' ? definition.maxLength : undefined,
    constraints: constraintsOf(node, compilation),
    children: [...node.children.values()]
      .map((child) => compileElement(child, compilation))
      .filter(demandsSomething),
    slicing: slicingOf(node, compilation),
  }
}

function maxOf(max: unknown): number {
  return typeof max === 'string' && max !== '*' ? Number(max) : Number.POSITIVE_INFINITY
}

function demandsSomething(element: ProfileElement): boolean {
  const { min, max, types, fixed, pattern, binding, maxLength, constraints, children, slicing } = element
  if (min > 0 || max !== Number.POSITIVE_INFINITY || constraints.length > 0 || children.length > 0)
    return true
  return [types, fixed, pattern, binding, maxLength, slicing].some((demand) => demand !== undefined)
}

// Types ---------------------------------------------------------------------------------------------------------------

/** Undefined when every type of the base is allowed, with nothing said about profiles or targets. */
function allowedTypes(
  node: ElementNode,
  { registry, sources }: Compilation,
): readonly AllowedType[] | undefined {
  const { element } = node
  const stated = typesOf(node.definition)
  if (!element || stated.length === 0) return undefined
  const known = stated.filter(({ code }) => registry.type(code) !== undefined)
  // Backbone elements, and the system types of ids, are what they are.
  if (known.length !== stated.length || element.types.some(({ kind }) => kind === 'nested')) return undefined
  const types = known.map(({ code, profiles, targets, contained }): AllowedType => {
    const own = profiles.filter((url) => sources.structureDefinition(url) !== undefined)
    return {
      name: code,
      profiles: own.length === profiles.length ? own : [],
      targets: narrowed(targets, element.targets, sources, registry),
      contained,
    }
  })
  const isNarrower = element.types.some((type) => !types.some(({ name }) => name === type.name))
  const demands = types.some(
    ({ profiles, targets, contained }) => profiles.length > 0 || targets !== undefined || contained,
  )
  return isNarrower || demands ? types : undefined
}

/** Undefined when they are those of the base, or when one of them is not known here. */
function narrowed(
  urls: readonly string[],
  ofBase: ReadonlySet<string> | undefined,
  sources: Sources,
  registry: Registry,
): readonly Target[] | undefined {
  const targets = urls.map((url): Target | undefined => {
    const profile = sources.structureDefinition(url)
    if (profile) return { url, type: String(profile.type) }
    const name = url.startsWith(CORE) ? url.slice(CORE.length) : ''
    return registry.type(name)?.kind === 'resource' ? { url, type: name } : undefined
  })
  const known = targets.filter((target) => target !== undefined)
  if (known.length === 0 || known.length < targets.length || known.some(({ type }) => type === 'Resource')) {
    return undefined
  }
  const same = known.length === ofBase?.size && known.every(({ url, type }) => url === CORE + type)
  return same && known.every(({ type }) => ofBase.has(type)) ? undefined : known
}

// Bindings and invariants ---------------------------------------------------------------------------------------------

function bindingOf(
  { definition, element, name }: ElementNode,
  { match, notChecked }: Compilation,
): ValueSetCodes | undefined {
  const { binding } = definition
  if (!isJsonObject(binding) || binding.strength !== 'required' || typeof binding.valueSet !== 'string')
    return undefined
  const codes = match.valueSet(binding.valueSet)
  if (codes && codes.url === element?.binding?.url) return undefined
  if (codes?.systems) return codes
  notChecked(`${String(definition.id ?? name)}: binding to ${binding.valueSet}`)
  return undefined
}

function constraintsOf(node: ElementNode, compilation: Compilation): readonly Constraint[] {
  const { constraint } = node.definition
  if (!Array.isArray(constraint)) return []
  const base = new Set([
    ...(node.element?.constraints ?? []).map(({ key }) => key),
    ...node.types.flatMap((type) => type.constraints.map(({ key }) => key)),
  ])
  const seen = new Set<unknown>()
  return constraint.filter(isJsonObject).flatMap((stated) => {
    const { key } = stated
    if (typeof key !== 'string' || base.has(key) || Object.hasOwn(checkedOtherwise, key) || seen.has(key))
      return []
    seen.add(key)
    return compileConstraint(key, stated, node, compilation)
  })
}

function compileConstraint(
  key: string,
  stated: JsonObject,
  { definition, name }: ElementNode,
  { notChecked }: Compilation,
): readonly Constraint[] {
  const at = `${String(definition.id ?? name)}: ${key}`
  if (typeof stated.expression !== 'string') {
    notChecked(`${at} has no expression`)
    return []
  }
  try {
    const expression = compileFhirPath(stated.expression, { patterns: true })
    const severity = stated.severity === 'warning' ? 'warning' : 'error'
    return [{ key, human: String(stated.human ?? ''), expression, severity }]
  } catch (error) {
    if (!(error instanceof FhirPathSyntaxError)) throw error
    notChecked(`${at}: ${error.message}`)
    return []
  }
}

// Slicing -------------------------------------------------------------------------------------------------------------

function slicingOf(node: ElementNode, compilation: Compilation): Slicing | undefined {
  if (node.slices.size === 0) return undefined
  const { slicing } = node.definition
  const stated = isJsonObject(slicing) ? slicing : {}
  const discriminators = discriminatorsOf(stated, node)
  if (discriminators.length === 0) {
    compilation.notChecked(`${String(node.definition.id ?? node.name)}: slices without discriminator`)
    return undefined
  }
  const slices = [...node.slices.values()].flatMap((slice) =>
    compileSlice(slice, discriminators, compilation),
  )
  const { rules } = stated
  return {
    // With a slice left out, what is of no other slice may be of that one.
    rules:
      slices.length === node.slices.size && (rules === 'closed' || rules === 'openAtEnd') ? rules : 'open',
    ordered: stated.ordered === true,
    slices,
  }
}

/** Extensions are told by their url and choices by their type, also where the profile does not say so. */
function discriminatorsOf(slicing: JsonObject, node: ElementNode): Discriminator[] {
  const stated = Array.isArray(slicing.discriminator) ? slicing.discriminator.filter(isJsonObject) : []
  if (stated.length > 0) {
    return stated.map(({ type, path }) => ({ type: String(type), path: String(path) }))
  }
  if (node.element?.choice) return [{ type: 'type', path: '$this' }]
  return node.name === 'extension' || node.name === 'modifierExtension'
    ? [{ type: 'value', path: 'url' }]
    : []
}

function compileSlice(
  slice: ElementNode,
  discriminators: readonly Discriminator[],
  compilation: Compilation,
): readonly Slice[] {
  const name = slice.slice ?? ''
  const element = compileElement(slice, compilation)
  try {
    return [{ name, element, matches: compileMatch(discriminators, slice, compilation.match) }]
  } catch (error) {
    if (!(error instanceof ProfileError || error instanceof FhirPathSyntaxError)) throw error
    compilation.notChecked(`${String(slice.definition.id ?? name)}: ${error.message}`)
    return []
  }
}
