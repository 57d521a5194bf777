/**
 * Compiles a parsed path for one type into closures over parsed JSON, by the definitions: each step looks its element
 * up once, here. An element that does not exist throws; a part of a union that begins with another resource type is
 * dropped (`Observation.code | Condition.code` for Condition is `Condition.code`).
 *
 * `where(resolve() is T)` keeps a reference whose type is T or cannot be told (a logical reference without `type`, an
 * opaque URL): it drops what is known to be something else.
 * @see https://hl7.org/fhir/R4/search.html#expression
 */
import type { Registry } from '../../definitions/registry.ts'
import type { TypeDefinition } from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { type Path, UnsupportedPath } from './path-syntax.ts'
import { referenceType } from './reference-type.ts'
import {
  type Branch,
  type Predicate,
  selectFocus,
  selectIndex,
  selectProperty,
  selectWhere,
} from './select.ts'

/** Where a path begins: the type of its focus, and that of the resource around it. */
export type Origin = { readonly focus: TypeDefinition; readonly resource: TypeDefinition }

/** @throws UnsupportedPath */
export function compilePath(path: Path, origin: Origin, registry: Registry): readonly Branch[] {
  switch (path.op) {
    case 'start':
      return compileStart(path.name, origin, registry)
    case 'resource':
      return [{ type: origin.resource, collect: (_focus, resource, sink) => sink(resource) }]
    case 'child':
      return children(compilePath(path.of, origin, registry), path.name)
    case 'union':
      return [...compilePath(path.left, origin, registry), ...compilePath(path.right, origin, registry)]
    case 'as':
      return compilePath(path.of, origin, registry).filter((branch) => sameType(branch.type.name, path.type))
    case 'index': {
      const branches = compilePath(path.of, origin, registry)
      if (branches.length > 1) throw new UnsupportedPath('an index into a choice of types')
      return branches.map((branch) => ({ ...branch, collect: selectIndex(branch.collect, path.index) }))
    }
    case 'where':
      return compilePath(path.of, origin, registry).map((branch) => {
        const holds = compilePredicate(path.criterion, { ...origin, focus: branch.type }, registry)
        return { ...branch, collect: selectWhere(branch.collect, holds) }
      })
    case 'extension': {
      const of = path.of ? compilePath(path.of, origin, registry) : focusOf(origin)
      const isThat: Predicate = (item) => isJsonObject(item) && item.url === path.url
      return children(of, 'extension').map((b) => ({ ...b, collect: selectWhere(b.collect, isThat) }))
    }
    case 'and':
    case '=':
    case '!=':
    case 'exists': {
      const holds = compilePredicate(path, origin, registry)
      const boolean = registry.type('boolean')
      if (!boolean) throw new UnsupportedPath('no boolean in the definitions')
      return [{ type: boolean, collect: (focus, resource, sink) => sink(holds(focus, resource)) }]
    }
    default:
      throw new UnsupportedPath(`${path.op} does not select elements`)
  }
}

function focusOf(origin: Origin): readonly Branch[] {
  return [{ type: origin.focus, collect: selectFocus }]
}

function compileStart(name: string, origin: Origin, registry: Registry): readonly Branch[] {
  for (let type: TypeDefinition | undefined = origin.focus; type; type = type.base) {
    if (type.name === name) return focusOf(origin)
  }
  if (registry.type(name)?.kind === 'resource') return []
  return children(focusOf(origin), name)
}

function children(of: readonly Branch[], name: string): readonly Branch[] {
  const found = of.flatMap((branch) =>
    (branch.type.steps.get(name) ?? []).map(({ type, element, name: property }) => ({
      type,
      element,
      collect: selectProperty(branch.collect, property),
    })),
  )
  if (of.length > 0 && found.length === 0) {
    throw new UnsupportedPath(`${of.map((b) => b.type.name).join(', ')} has no element ${name}`)
  }
  return found
}

/** R4 writes `value.as(DateTime)` once where the type is dateTime. */
function sameType(name: string, asked: string): boolean {
  return name === asked || (asked === 'DateTime' && name === 'dateTime')
}

function compilePredicate(path: Path, origin: Origin, registry: Registry): Predicate {
  switch (path.op) {
    case 'and': {
      const left = compilePredicate(path.left, origin, registry)
      const right = compilePredicate(path.right, origin, registry)
      return (item, resource) => left(item, resource) && right(item, resource)
    }
    case 'exists':
      return anyOf(compilePath(path.of, origin, registry), () => true)
    case '=':
    case '!=': {
      if (path.right.op !== 'literal')
        throw new UnsupportedPath('compared with something else than a literal')
      const { value } = path.right
      const equal = path.op === '='
      return anyOf(compilePath(path.left, origin, registry), (item) => (item === value) === equal)
    }
    case 'is': {
      const { of, type } = path
      if (of.op !== 'resolve' || of.of) throw new UnsupportedPath('is, of something else than resolve()')
      return (item, resource) => (referenceType(item, resource) ?? type) === type
    }
    default:
      throw new UnsupportedPath(`${path.op} is no criterion`)
  }
}

function anyOf(branches: readonly Branch[], test: (value: JsonValue) => boolean): Predicate {
  return (focus, resource) => {
    let found = false
    for (const branch of branches) {
      branch.collect(focus, resource, (value) => {
        found ||= test(value)
      })
    }
    return found
  }
}
