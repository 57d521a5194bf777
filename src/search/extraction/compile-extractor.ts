/**
 * One search parameter, compiled for one resource type: a function from the resource to its index values.
 * @see https://hl7.org/fhir/R4/searchparameter.html
 */
import type { SearchParameterDefinition, SearchParamType } from '../../definitions/definitions.ts'
import type { Registry } from '../../definitions/registry.ts'
import type { TypeDefinition } from '../../definitions/type-definition.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { parsePath } from '../path/parse-path.ts'
import { type Path, UnsupportedPath } from '../path/path-syntax.ts'
import { compileComposite } from './compile-composite.ts'
import { compileValues, type Extract, type Source } from './compile-values.ts'
import type { ConversionContext, ConverterTable } from './converter.ts'
import { dates } from './dates.ts'
import type { ComponentType, IndexedType, IndexValues } from './index-values.ts'
import { numbers, quantities } from './quantities.ts'
import { references } from './references.ts'
import { strings } from './strings.ts'
import { tokens } from './tokens.ts'
import { uris } from './uris.ts'

export type ExtractorOf<K extends IndexedType> = {
  readonly type: K
  readonly parameter: SearchParameterDefinition
  /** Gives no value twice. */
  readonly extract: (resource: JsonObject) => readonly IndexValues[K][]
}

export type Extractor = { [K in IndexedType]: ExtractorOf<K> }[IndexedType]

type Compile<E> = (path: Path, parameter: SearchParameterDefinition, source: Source) => E

const compilers = {
  token: simple('token', tokens),
  date: simple('date', dates),
  reference: simple('reference', references),
  string: simple('string', strings),
  uri: simple('uri', uris),
  number: simple('number', numbers),
  quantity: simple('quantity', quantities),
  composite: (path, parameter, source) => ({
    type: 'composite',
    parameter,
    extract: whole(compileComposite(path, parameter, source)),
  }),
  special: () => {
    throw new UnsupportedPath('special parameters have no rule of their own')
  },
} as const satisfies Record<SearchParamType, Compile<Extractor>>

function simple<K extends ComponentType>(
  type: K,
  table: ConverterTable<IndexValues[K]>,
): Compile<ExtractorOf<K>> {
  return (path, parameter, source) => ({
    type,
    parameter,
    extract: whole(compileValues(table, path, source)),
  })
}

function whole<T>(extract: Extract<T>): (resource: JsonObject) => readonly T[] {
  return (resource) => extract(resource, resource)
}

/**
 * @param path the parsed expression, when the caller has it already
 * @throws UnsupportedPath when the parameter selects what cannot be indexed
 */
export function compileExtractor(
  parameter: SearchParameterDefinition,
  type: TypeDefinition,
  registry: Registry,
  context: ConversionContext,
  path: Path = parseExpression(parameter),
): Extractor {
  const source = { registry, context, origin: { focus: type, resource: type } }
  return compilers[parameter.type](path, parameter, source)
}

export function parseExpression(parameter: SearchParameterDefinition): Path {
  if (parameter.expression === undefined) throw new UnsupportedPath('no expression')
  return parsePath(parameter.expression)
}
