/**
 * One search parameter, compiled for one resource type: a function from the resource to its index values.
 * @see https://hl7.org/fhir/R4/searchparameter.html
 */
import type { SearchParameterDefinition, SearchParamType } from '../../definitions/definitions.ts'
import type { Registry, TypeDefinition } from '../../definitions/registry.ts'
import type { JsonObject, JsonValue } from '../../fhir/json.ts'
import { compilePath, type Origin } from '../path/compile-path.ts'
import { parsePath } from '../path/parse-path.ts'
import { type Path, UnsupportedPath } from '../path/path-syntax.ts'
import type { ConversionContext, Converter, ConverterTable } from './converter.ts'
import { dates } from './dates.ts'
import type {
  ComponentType,
  ComponentValues,
  CompositeValue,
  IndexedType,
  IndexValues,
} from './index-values.ts'
import { numbers, quantities } from './quantities.ts'
import { references } from './references.ts'
import { strings } from './strings.ts'
import { tokens } from './tokens.ts'
import { uris } from './uris.ts'

/** Each extractor gives no value twice. */
export type Extractor = {
  [K in IndexedType]: {
    readonly type: K
    readonly parameter: SearchParameterDefinition
    readonly extract: (resource: JsonObject) => readonly IndexValues[K][]
  }
}[IndexedType]

type Extract<T> = (focus: JsonValue, resource: JsonObject) => readonly T[]

type Source = {
  readonly registry: Registry
  readonly context: ConversionContext
  readonly origin: Origin
}

const tables = {
  token: tokens,
  date: dates,
  reference: references,
  string: strings,
  uri: uris,
  number: numbers,
  quantity: quantities,
} as const satisfies { readonly [K in ComponentType]: ConverterTable<IndexValues[K]> }

type Build<K extends IndexedType> = (
  path: Path,
  parameter: SearchParameterDefinition,
  source: Source,
) => {
  readonly type: K
  readonly parameter: SearchParameterDefinition
  readonly extract: (r: JsonObject) => readonly IndexValues[K][]
}

const builders = {
  token: (path, parameter, source) => ({
    type: 'token',
    parameter,
    extract: whole(values(tokens, path, source)),
  }),
  date: (path, parameter, source) => ({
    type: 'date',
    parameter,
    extract: whole(values(dates, path, source)),
  }),
  reference: (path, parameter, source) => ({
    type: 'reference',
    parameter,
    extract: whole(values(references, path, source)),
  }),
  string: (path, parameter, source) => ({
    type: 'string',
    parameter,
    extract: whole(values(strings, path, source)),
  }),
  uri: (path, parameter, source) => ({ type: 'uri', parameter, extract: whole(values(uris, path, source)) }),
  number: (path, parameter, source) => ({
    type: 'number',
    parameter,
    extract: whole(values(numbers, path, source)),
  }),
  quantity: (path, parameter, source) => ({
    type: 'quantity',
    parameter,
    extract: whole(values(quantities, path, source)),
  }),
  composite: (path, parameter, source) => ({
    type: 'composite',
    parameter,
    extract: whole(composites(path, parameter, source)),
  }),
  special: () => {
    throw new UnsupportedPath('special parameters have no rule of their own')
  },
} as const satisfies { readonly [K in IndexedType]: Build<K> } & Record<SearchParamType, unknown>

/** @throws UnsupportedPath when the parameter selects what it cannot index */
export function compileExtractor(
  parameter: SearchParameterDefinition,
  type: TypeDefinition,
  registry: Registry,
  context: ConversionContext,
  path: Path = parseExpression(parameter),
): Extractor {
  return builders[parameter.type](path, parameter, {
    registry,
    context,
    origin: { focus: type, resource: type },
  })
}

export function parseExpression(parameter: SearchParameterDefinition): Path {
  if (parameter.expression === undefined) throw new UnsupportedPath('no expression')
  return parsePath(parameter.expression)
}

function whole<T>(extract: Extract<T>): (resource: JsonObject) => readonly T[] {
  return (resource) => extract(resource, resource)
}

function values<T>(table: ConverterTable<T>, path: Path, source: Source): Extract<T> {
  const branches = compilePath(path, source.origin, source.registry).map((branch) => {
    const convert = Object.hasOwn(table, branch.type.name) ? table[branch.type.name] : undefined
    if (!convert) throw new UnsupportedPath(`no value can be made of the type ${branch.type.name}`)
    return { ...branch, convert, place: { ...source.context, element: branch.element } }
  })
  const useful = branches.filter((b): b is typeof b & { convert: Converter<T> } => b.convert !== 'none')
  if (useful.length === 0) throw new UnsupportedPath('selects nothing that can be indexed')
  return (focus, resource) => {
    const out: T[] = []
    for (const { collect, convert, place } of useful) {
      collect(focus, resource, (value) => convert(value, place, out, resource))
    }
    return distinct(out)
  }
}

function composites(
  path: Path,
  parameter: SearchParameterDefinition,
  source: Source,
): Extract<CompositeValue> {
  const { registry, origin } = source
  const branches = compilePath(path, origin, registry).map((branch) => {
    const inner = { ...source, origin: { focus: branch.type, resource: origin.resource } }
    const parts = (parameter.component ?? []).map((component) => {
      const type = registry.searchParameter(component.definition)?.type
      if (type === undefined || type === 'composite' || type === 'special') {
        throw new UnsupportedPath(`component ${component.definition} is not defined`)
      }
      return componentOf(type, parsePath(component.expression), inner)
    })
    if (parts.length < 2) throw new UnsupportedPath('a composite of less than two components')
    return { collect: branch.collect, parts }
  })
  return (focus, resource) => {
    const out: CompositeValue[] = []
    for (const { collect, parts } of branches) {
      collect(focus, resource, (item) => {
        const found = parts.map((part) => part(item, resource))
        if (found.every((component) => component.values.length > 0)) out.push(found)
      })
    }
    return distinct(out)
  }
}

function componentOf(
  type: ComponentType,
  path: Path,
  source: Source,
): (focus: JsonValue, resource: JsonObject) => ComponentValues {
  const make = componentBuilders[type]
  return make(path, source)
}

type ComponentBuilder<K extends ComponentType> = (
  path: Path,
  source: Source,
) => (
  focus: JsonValue,
  resource: JsonObject,
) => { readonly type: K; readonly values: readonly IndexValues[K][] }

function componentBuilder<K extends ComponentType>(
  type: K,
  table: ConverterTable<IndexValues[K]>,
): ComponentBuilder<K> {
  return (path, source) => {
    const extract = values(table, path, source)
    return (focus, resource) => ({ type, values: extract(focus, resource) })
  }
}

const componentBuilders: { readonly [K in ComponentType]: ComponentBuilder<K> } = {
  token: componentBuilder('token', tables.token),
  date: componentBuilder('date', tables.date),
  reference: componentBuilder('reference', tables.reference),
  string: componentBuilder('string', tables.string),
  uri: componentBuilder('uri', tables.uri),
  number: componentBuilder('number', tables.number),
  quantity: componentBuilder('quantity', tables.quantity),
}

/** Two paths of one parameter may lead to the same value: `masterIdentifier | identifier`. */
function distinct<T>(values: readonly T[]): readonly T[] {
  if (values.length < 2) return values
  const seen = new Set<string>()
  return values.filter((value) => {
    const key = JSON.stringify(value)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
