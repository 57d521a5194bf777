/**
 * The extractors of every search parameter of the resource types served. Those of a type are compiled when they are first
 * asked for: all 146 types would take a fifth of the start. That all of them compile is tested
 * (test/search/extraction.test.ts).
 */

import type { Registry } from '../../definitions/registry.ts'
import type { Wording } from '../../fhir/errors/wording.ts'
import type { Path } from '../path/path-syntax.ts'
import { compileExtractor, type Extractor, parseExpression } from './compile-extractor.ts'
import type { ConversionContext } from './converter.ts'
import { derivedParameters } from './derived-parameters.ts'
import { refusedParameters } from './refused-parameters.ts'

export type Extraction = {
  /**
   * By parameter code; refused parameters are not in it. Empty for a type that is not served.
   * @throws when a parameter does not compile and is not listed as refused
   */
  extractors(type: string): ReadonlyMap<string, Extractor>
  /** Why a parameter that R4 defines for the type is not answered; undefined when it is, or is no parameter at all. */
  refusal(type: string, code: string): Wording | undefined
}

/**
 * @param types the ones that the profile serves
 * @throws when one of them is no resource type
 */
export function buildExtraction(
  registry: Registry,
  context: ConversionContext,
  types: readonly string[] = registry.resourceTypes,
): Extraction {
  const unknown = types.find((name) => !registry.isResourceType(name))
  if (unknown !== undefined) throw new Error(`${unknown} is not a resource type`)
  const served = new Set(types)
  const compiled = new Map<string, ReadonlyMap<string, Extractor>>()
  const paths = new Map<string, Path>()
  return {
    extractors(type) {
      const known = compiled.get(type)
      if (known || !served.has(type)) return known ?? none
      const made = extractorsOf(type, registry, context, paths)
      compiled.set(type, made)
      return made
    },
    refusal: (type, code) => refusedParameters.get(registry.searchParameters(type).get(code)?.url ?? ''),
  }
}

const none: ReadonlyMap<string, Extractor> = new Map()

/** @param paths by the URL of the parameter: many types share one */
function extractorsOf(
  name: string,
  registry: Registry,
  context: ConversionContext,
  paths: Map<string, Path>,
): ReadonlyMap<string, Extractor> {
  const type = registry.resourceType(name)
  if (!type) return none
  const own = new Map<string, Extractor>()
  for (const parameter of registry.searchParameters(name).values()) {
    if (refusedParameters.has(parameter.url) || derivedParameters.has(parameter.url)) continue
    try {
      const path = paths.get(parameter.url) ?? parseExpression(parameter)
      paths.set(parameter.url, path)
      own.set(parameter.code, compileExtractor(parameter, type, registry, context, path))
    } catch (cause) {
      throw new Error(`search parameter ${parameter.code} of ${name} is neither supported nor refused`, {
        cause,
      })
    }
  }
  return own
}
