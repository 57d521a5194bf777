/**
 * A path and a converter table, compiled into one function from a focus to its index values.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { JsonObject, JsonValue } from '../../fhir/json.ts'
import { compilePath, type Origin } from '../path/compile-path.ts'
import { type Path, UnsupportedPath } from '../path/path-syntax.ts'
import type { ConversionContext, Converter, ConverterTable } from './converter.ts'

export type Extract<T> = (focus: JsonValue, resource: JsonObject) => readonly T[]

/** What a path is compiled against. */
export type Source = {
  readonly registry: Registry
  readonly context: ConversionContext
  readonly origin: Origin
}

/** @throws UnsupportedPath when the path selects a type that the table does not know, or nothing with a value */
export function compileValues<T>(table: ConverterTable<T>, path: Path, source: Source): Extract<T> {
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

/** Two paths of one parameter may lead to the same value: `masterIdentifier | identifier`. */
export function distinct<T>(values: readonly T[]): readonly T[] {
  if (values.length < 2) return values
  const seen = new Set<string>()
  return values.filter((value) => {
    const key = JSON.stringify(value)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
