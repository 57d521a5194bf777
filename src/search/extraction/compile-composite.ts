/**
 * Composite parameters: for each element that the parameter selects, the values of its components together.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { SearchParameterDefinition } from '../../definitions/definitions.ts'
import type { JsonObject, JsonValue } from '../../fhir/json.ts'
import { compilePath } from '../path/compile-path.ts'
import { parsePath } from '../path/parse-path.ts'
import { type Path, UnsupportedPath } from '../path/path-syntax.ts'
import { compileValues, distinct, type Extract, type Source } from './compile-values.ts'
import { dates } from './dates.ts'
import type { ComponentType, ComponentValues, CompositeValue } from './index-values.ts'
import { numbers, quantities } from './quantities.ts'
import { references } from './references.ts'
import { strings } from './strings.ts'
import { tokens } from './tokens.ts'
import { uris } from './uris.ts'

type Component = (focus: JsonValue, resource: JsonObject) => ComponentValues
type CompileComponent = (path: Path, source: Source) => Component

const components: Readonly<Record<ComponentType, CompileComponent>> = {
  token: (path, source) =>
    component(compileValues(tokens, path, source), (values) => ({ type: 'token', values })),
  date: (path, source) =>
    component(compileValues(dates, path, source), (values) => ({ type: 'date', values })),
  reference: (path, source) =>
    component(compileValues(references, path, source), (values) => ({ type: 'reference', values })),
  string: (path, source) =>
    component(compileValues(strings, path, source), (values) => ({ type: 'string', values })),
  uri: (path, source) => component(compileValues(uris, path, source), (values) => ({ type: 'uri', values })),
  number: (path, source) =>
    component(compileValues(numbers, path, source), (values) => ({ type: 'number', values })),
  quantity: (path, source) =>
    component(compileValues(quantities, path, source), (values) => ({ type: 'quantity', values })),
}

function component<T>(extract: Extract<T>, label: (values: readonly T[]) => ComponentValues): Component {
  return (focus, resource) => label(extract(focus, resource))
}

/** An element that lacks a component gives no value. @throws UnsupportedPath */
export function compileComposite(
  path: Path,
  parameter: SearchParameterDefinition,
  source: Source,
): Extract<CompositeValue> {
  const { registry, origin } = source
  const branches = compilePath(path, origin, registry).map((branch) => {
    const inner = { ...source, origin: { focus: branch.type, resource: origin.resource } }
    const parts = (parameter.component ?? []).map(({ definition, expression }) => {
      const type = registry.searchParameter(definition)?.type
      if (type === undefined || type === 'composite' || type === 'special') {
        throw new UnsupportedPath(`component ${definition} is no parameter with values`)
      }
      return components[type](parsePath(expression), inner)
    })
    if (parts.length < 2) throw new UnsupportedPath('a composite of less than two components')
    return { collect: branch.collect, parts }
  })
  return (focus, resource) => {
    const out: CompositeValue[] = []
    for (const { collect, parts } of branches) {
      collect(focus, resource, (item) => {
        const found = parts.map((part) => part(item, resource))
        if (found.every(({ values }) => values.length > 0)) out.push(found)
      })
    }
    return distinct(out)
  }
}
