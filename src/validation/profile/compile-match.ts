/**
 * Whether a value is of a slice: one test for each discriminator, by value, pattern, exists, type or profile.
 * @see https://hl7.org/fhir/R4/profiling.html#discriminator
 */
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { compileFhirPath, type Expression, evaluate } from '../../fhirpath/fhirpath.ts'
import { isOfType } from '../../fhirpath/model.ts'
import type { FhirNode, Nodes } from '../../fhirpath/node.ts'
import { parse } from '../../fhirpath/parse.ts'
import type { Syntax } from '../../fhirpath/syntax.ts'
import { type Around, surroundingsOf } from '../around.ts'
import type { isBound } from '../binding-check.ts'
import type { Match } from './compiled-profile.ts'
import { type Place, placeOf, type Trees } from './discriminator-place.ts'
import { type ElementNode, ProfileError, typesOf } from './element-tree.ts'
import { hasPattern, isFixed } from './fixed-and-pattern.ts'
import { compileRequirement } from './requirement.ts'
import { targetTypeOf } from './target-type.ts'

export type Discriminator = { readonly type: string; readonly path: string }

export type MatchContext = {
  readonly trees: Trees
  readonly valueSet: (url: string) => Parameters<typeof isBound>[1] | undefined
  /** Whether a value follows a profile; undefined when the profile is not known. */
  readonly follows: (url: string, node: FhirNode, around: Around) => boolean | undefined
}

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

/** @throws ProfileError when no slice could be told by these */
export function compileMatch(
  discriminators: readonly Discriminator[],
  slice: ElementNode,
  context: MatchContext,
): Match {
  const tests = discriminators.map((discriminator) => compileTest(discriminator, slice, context))
  return (node, around) => {
    let known = true
    for (const test of tests) {
      const result = test(node, around)
      if (result === false) return false
      if (result === undefined) known = false
    }
    return known ? true : undefined
  }
}

function compileTest({ type, path }: Discriminator, slice: ElementNode, context: MatchContext): Match {
  const syntax = parse(path)
  const place = placeOf(syntax, slice, context.trees)
  const expression = compileFhirPath(path, { patterns: false })
  switch (type) {
    case 'value':
    case 'pattern':
      return byValue(place, expression, context)
    case 'exists':
      return byExistence(place, expression)
    case 'type':
      return byType(place, syntax, expression, slice)
    case 'profile':
      return byProfile(place, syntax, expression, context, slice)
    default:
      throw new ProfileError(`a discriminator of type ${type}`)
  }
}

function valuesAt(expression: Expression, node: FhirNode, around: Around): Nodes {
  return evaluate(expression, node, surroundingsOf(around))
}

function byValue({ expected, nodes }: Place, expression: Expression, context: MatchContext): Match {
  if (expected.length > 0) {
    const meets = (value: JsonValue | undefined): boolean =>
      expected.every((e) => (e.exact ? isFixed(value, e.value) : hasPattern(value, e.value)))
    // Several values expected at a list (two codings of a pattern) are met by several values.
    return (node, around) => {
      const values = valuesAt(expression, node, around)
      if (values.some(({ value }) => meets(value))) return true
      return expected.every((e) =>
        values.some(({ value }) => (e.exact ? isFixed(value, e.value) : hasPattern(value, e.value))),
      )
    }
  }
  const requirements = nodes
    .map((node) => compileRequirement(node, context.valueSet))
    .filter((r) => r !== undefined)
  if (requirements.length === 0) return () => undefined
  return (node, around) => {
    const values = valuesAt(expression, node, around)
    return requirements.every((holds) => values.some(({ value }) => value !== undefined && holds(value)))
  }
}

/** A slice that leaves it open whether there is a value is told by the other discriminators. */
function byExistence({ nodes }: Place, expression: Expression): Match {
  const wanted = nodes.some(({ definition: { min } }) => typeof min === 'number' && min > 0)
  const forbidden = nodes.some(({ definition: { max } }) => max === '0')
  if (!wanted && !forbidden) return () => true
  return (node, around) => valuesAt(expression, node, around).length > 0 === wanted
}

function byType(place: Place, syntax: Syntax, expression: Expression, slice: ElementNode): Match {
  if (endsInResolve(syntax)) {
    const types = new Set(place.nodes.flatMap((node) => node.types.map((type) => type.name)))
    for (const type of typesOf(slice.definition)) {
      for (const url of type.targets) if (url.startsWith(CORE)) types.add(url.slice(CORE.length))
    }
    return types.size === 0 ? () => undefined : targetTest(syntax, (type) => types.has(type))
  }
  const types = place.nodes.flatMap((node) => namesOfTypes(node))
  if (types.length === 0) return () => undefined
  return (node, around) => {
    const values = valuesAt(expression, node, around)
    return values.some((value) => types.some((type) => isOfType(value.type, type)))
  }
}

function namesOfTypes(node: ElementNode): string[] {
  const stated = typesOf(node.definition).map((type) => type.code)
  return stated.length > 0 ? stated : node.types.map((type) => type.name)
}

function endsInResolve(syntax: Syntax): syntax is Extract<Syntax, { readonly op: 'call' }> {
  return syntax.op === 'call' && syntax.name === 'resolve'
}

/** The type of a target is told by the reference, where the target itself is not at hand. */
function targetTest(
  syntax: Extract<Syntax, { readonly op: 'call' }>,
  meets: (type: string) => boolean,
): Match {
  const before = pathText(syntax.of)
  const references = compileFhirPath(before, { patterns: false })
  return (node, around) => {
    let known = true
    for (const reference of valuesAt(references, node, around)) {
      const type = isJsonObject(reference.value) ? targetTypeOf(reference.value, around) : undefined
      if (type === undefined) known = false
      else if (meets(type)) return true
    }
    return known ? false : undefined
  }
}

function pathText(syntax: Syntax | undefined): string {
  if (syntax?.op !== 'member') return '$this'
  return syntax.of ? `${pathText(syntax.of)}.${syntax.name}` : syntax.name
}

function byProfile(
  place: Place,
  syntax: Syntax,
  expression: Expression,
  context: MatchContext,
  slice: ElementNode,
): Match {
  const isTarget = endsInResolve(syntax)
  const of = isTarget && syntax.of === undefined ? [slice] : place.nodes
  const urls = of.flatMap((node) =>
    typesOf(node.definition).flatMap((type) => (isTarget ? type.targets : type.profiles)),
  )
  // Without a profile the type alone tells: a slice may be "any Binary".
  if (urls.length === 0) return byType(place, syntax, expression, slice)
  return (node, around) => {
    const values = valuesAt(expression, node, around)
    if (values.length === 0) return isTarget ? undefined : false
    let known = true
    for (const value of values) {
      for (const url of urls) {
        const follows = context.follows(url, value, around)
        if (follows) return true
        if (follows === undefined) known = false
      }
    }
    return known ? false : undefined
  }
}
