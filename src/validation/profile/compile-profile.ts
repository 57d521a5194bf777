/**
 * Compiles StructureDefinitions of profiles: from the tree of their elements to what the validator walks along.
 * @see https://hl7.org/fhir/R4/profiling.html and structuredefinition.html
 *
 * Left out, and told in `notChecked`: bindings whose codes are not known, invariants without FHIRPath or with functions
 * that are not understood, slices that nothing tells apart, profiles of other versions of FHIR. Not looked at:
 * mustSupport, minValue and maxValue, the context of extensions.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { ValueSetCodes } from '../../definitions/value-set-codes.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { follows } from './check-profile.ts'
import { type Compilation, compileElement } from './compile-element.ts'
import type { CompiledProfile, LoadedProfiles } from './compiled-profile.ts'
import { buildTree, type ElementNode, ProfileError, type Sources } from './element-tree.ts'

export type ProfileContext = {
  readonly registry: Registry
  /** Codes of value sets besides those of the definitions. */
  readonly valueSet?: (url: string) => ValueSetCodes | undefined
}

/**
 * Each is compiled when it is first asked for: those of documents are, most of the others never. That ours and the published
 * ones compile is tested (test/definitions/profile-guides.test.ts, test/validation/profiles.test.ts).
 * @throws ProfileError when one has no URL; `profile` does when it is based on one that is neither here nor of the base
 * specification
 */
export function compileProfiles(structures: readonly JsonObject[], context: ProfileContext): LoadedProfiles {
  const byUrl = new Map<string, JsonObject>()
  for (const structure of structures) {
    if (typeof structure.url !== 'string') throw new ProfileError('a StructureDefinition without url')
    if (structure.derivation === 'constraint') byUrl.set(structure.url, structure)
  }
  const sources: Sources = {
    registry: context.registry,
    structureDefinition: (url) => byUrl.get(withoutVersion(url)),
  }
  const compiled = new Map<string, CompiledProfile>()
  const loaded: LoadedProfiles = {
    profile(url) {
      const plain = withoutVersion(url)
      const structure = byUrl.get(plain)
      if (!structure) return undefined
      const profile = compiled.get(plain) ?? compile(structure, sources, context, loaded)
      compiled.set(plain, profile)
      return profile
    },
    urls: [...byUrl.keys()],
  }
  return loaded
}

/** One profile, with those that it is based on or names among `others`. */
export function compileProfile(
  structure: JsonObject,
  context: ProfileContext,
  others: readonly JsonObject[] = [],
): CompiledProfile {
  const profile = compileProfiles([...others, structure], context).profile(String(structure.url))
  if (!profile) throw new ProfileError(`${String(structure.url)} is no profile`)
  return profile
}

function withoutVersion(url: string): string {
  const end = url.indexOf('|')
  return end < 0 ? url : url.slice(0, end)
}

function compile(
  structure: JsonObject,
  sources: Sources,
  { registry, valueSet }: ProfileContext,
  among: LoadedProfiles,
): CompiledProfile {
  const notChecked: string[] = []
  const trees = new Map<string, ElementNode | undefined>()
  const treeOf = (url: string): ElementNode | undefined => {
    const plain = withoutVersion(url)
    if (!trees.has(plain)) {
      const other = sources.structureDefinition(plain)
      trees.set(plain, other && buildTree(other, sources, () => undefined))
    }
    return trees.get(plain)
  }
  const compilation: Compilation = {
    registry,
    sources,
    notChecked: (what) => notChecked.push(what),
    match: {
      trees: treeOf,
      valueSet: (url) => valueSet?.(withoutVersion(url)) ?? registry.valueSet(withoutVersion(url)),
      follows: (url, node, around) => follows(url, node, around, among),
    },
  }
  const tree = buildTree(structure, sources, (what) => notChecked.push(what))
  const root = compileElement(tree, compilation)
  return { url: String(structure.url), type: tree.name, root, notChecked, among }
}
