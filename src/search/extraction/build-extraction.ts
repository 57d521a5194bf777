/**
 * The extractors of every search parameter of the resource types served, compiled at start.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { Path } from '../path/path-syntax.ts'
import { compileExtractor, type Extractor, parseExpression } from './compile-extractor.ts'
import type { ConversionContext } from './converter.ts'
import { derivedParameters } from './derived-parameters.ts'
import { refusedParameters } from './refused-parameters.ts'

export type Extraction = {
  /** By parameter code; refused parameters are not in it. Empty for a type that is not served. */
  extractors(type: string): ReadonlyMap<string, Extractor>
  /** Why a parameter that R4 defines for the type is not answered; undefined when it is, or is no parameter at all. */
  refusal(type: string, code: string): string | undefined
}

/**
 * @param types those to compile: the ones the profile serves
 * @throws when a parameter does not compile and is not listed as refused
 */
export function buildExtraction(
  registry: Registry,
  context: ConversionContext,
  types: readonly string[] = registry.resourceTypes,
): Extraction {
  const paths = new Map<string, Path>()
  const extractors = new Map<string, ReadonlyMap<string, Extractor>>()
  for (const name of types) {
    const type = registry.resourceType(name)
    if (!type) throw new Error(`${name} is not a resource type`)
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
    extractors.set(name, own)
  }
  const none: ReadonlyMap<string, Extractor> = new Map()
  return {
    extractors: (type) => extractors.get(type) ?? none,
    refusal: (type, code) => refusedParameters.get(registry.searchParameters(type).get(code)?.url ?? ''),
  }
}
