/**
 * Where a discriminator looks, in the definition of a slice: the path is followed through the elements of the slice,
 * through profiles of their types, and into the values that a fixed value or pattern higher up brings along.
 * @see https://hl7.org/fhir/R4/profiling.html#discriminator
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import type { Syntax } from '../../fhirpath/syntax.ts'
import { type ElementNode, ProfileError, statedValue, typesOf } from './element-tree.ts'

export type Expected = { readonly value: JsonValue; readonly exact: boolean }

export type Place = {
  /** Definitions that hold at the place. */
  readonly nodes: readonly ElementNode[]
  /** Values that must be found there. */
  readonly expected: readonly Expected[]
}

/** The tree of a profile by its URL, undefined when it is not at hand. */
export type Trees = (url: string) => ElementNode | undefined

/** @throws ProfileError on a path that discriminators may not have */
export function placeOf(path: Syntax, slice: ElementNode, trees: Trees): Place {
  switch (path.op) {
    case '$this':
      return withValues([slice], [])
    case 'member':
      return child(path.of ? placeOf(path.of, slice, trees) : withValues([slice], []), path.name, trees)
    case 'call': {
      const of = path.of ? placeOf(path.of, slice, trees) : withValues([slice], [])
      const [argument] = path.args
      if (path.name === 'resolve') return resolved(of, trees)
      if (path.name === 'extension' && argument?.op === 'literal') {
        return extension(of, String(argument.value), trees)
      }
      if (path.name === 'ofType' && argument?.op === 'member') return ofType(of, argument.name)
      throw new ProfileError(`${path.name}() in a discriminator`)
    }
    default:
      throw new ProfileError('no path of a discriminator')
  }
}

function withValues(nodes: readonly ElementNode[], inherited: readonly Expected[]): Place {
  const own = nodes.flatMap(({ definition }): Expected[] => {
    const fixed = statedValue(definition, 'fixed')
    const pattern = statedValue(definition, 'pattern')
    return [
      ...(fixed === undefined ? [] : [{ value: fixed, exact: true }]),
      ...(pattern === undefined ? [] : [{ value: pattern, exact: false }]),
    ]
  })
  return { nodes, expected: [...inherited, ...own] }
}

/** The elements themselves, and the roots of the profiles of their types. */
function withProfiles(nodes: readonly ElementNode[], trees: Trees): ElementNode[] {
  return nodes.flatMap((node) => [
    node,
    ...typesOf(node.definition)
      .flatMap((type) => type.profiles)
      .flatMap((url) => trees(url) ?? []),
  ])
}

function child(of: Place, name: string, trees: Trees): Place {
  const nodes = withProfiles(of.nodes, trees).flatMap((node) => withRequiredSlices(node.children.get(name)))
  const inherited = of.expected.flatMap(({ value, exact }) =>
    valuesOf(value, name).map((inner): Expected => ({ value: inner, exact })),
  )
  const place = withValues(nodes, inherited)
  // An extension is told by its url, which is that of its definition, loaded or not.
  if (name !== 'url' || place.expected.length > 0) return place
  const urls = of.nodes.flatMap(extensionUrls)
  return { nodes, expected: urls.map((value) => ({ value, exact: true })) }
}

/** What a slice of its own must hold (`coding:loinc.code`) is in every value of the outer slice. */
function withRequiredSlices(node: ElementNode | undefined): ElementNode[] {
  if (!node) return []
  const required = [...node.slices.values()].filter(
    ({ definition: { min } }) => typeof min === 'number' && min > 0,
  )
  return [node, ...required]
}

function valuesOf(value: JsonValue, name: string): JsonValue[] {
  if (!isJsonObject(value)) return []
  const inner = value[name] ?? choiceValue(value, name)
  if (inner === undefined) return []
  return Array.isArray(inner) ? inner : [inner]
}

function choiceValue(value: JsonObject, name: string): JsonValue | undefined {
  const key = Object.keys(value).find((k) => k.startsWith(name) && /^[A-Z]/.test(k.slice(name.length)))
  return key === undefined ? undefined : value[key]
}

function extensionUrls(node: ElementNode): string[] {
  return typesOf(node.definition)
    .filter((type) => type.code === 'Extension')
    .flatMap((type) => type.profiles)
}

function extension(of: Place, url: string, trees: Trees): Place {
  const slices = withProfiles(of.nodes, trees)
    .flatMap((node) => [...(node.children.get('extension')?.slices.values() ?? [])])
    .filter((slice) => child(withValues([slice], []), 'url', trees).expected.some((e) => e.value === url))
  return withValues(slices, [])
}

function ofType(of: Place, type: string): Place {
  const nodes = of.nodes.flatMap((node) => {
    const slices = [...node.slices.values()].filter((slice) => slice.types.some((t) => t.name === type))
    return [node, ...slices]
  })
  return withValues(nodes, of.expected)
}

function resolved(of: Place, trees: Trees): Place {
  const targets = of.nodes.flatMap((node) => typesOf(node.definition)).flatMap((type) => type.targets)
  return withValues(
    targets.flatMap((url) => trees(url) ?? []),
    [],
  )
}
