/**
 * Random values of a FHIR type, made from its definition: form and codes are right, what rules say of them is left to
 * chance. The same seed gives the same value.
 */
import type { Registry } from '../../src/definitions/registry.ts'
import type {
  ElementDefinition,
  PropertyDefinition,
  TypeDefinition,
} from '../../src/definitions/type-definition.ts'
import { Decimal, type JsonObject, type JsonValue } from '../../src/fhir/json.ts'

export type Random = () => number

/** @see https://en.wikipedia.org/wiki/Linear_congruential_generator (constants of Numerical Recipes) */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export type Generation = {
  readonly registry: Registry
  readonly random: Random
  /** Texts that codes and strings are taken from now and then: the literals of the rule under test. */
  readonly words: readonly string[]
  /** How often an optional element is there. */
  readonly density: number
  readonly maxDepth: number
}

function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[Math.floor(random() * items.length)]
}

const texts = ['a', 'b', 'x y', 'http://hl7.org/fhir/x', '#', '#c']
const uris = ['urn:x', 'http://a/b', 'http://unitsofmeasure.org', 'https://a/_history/1']
const numbers: readonly JsonValue[] = [0, 1, 2, 5.5, -1, 101, new Decimal('1.10')]
const dates = ['2020', '2020-05', '2020-05-17', '2021-01-01']
const moments = ['2020-05-17T10:00:00Z', '2020-05-17T12:00:00.5+02:00', '2021-01-01T00:00:00Z']

function primitive(type: string, element: ElementDefinition, { random, words }: Generation): JsonValue {
  const codes = [...(element.binding?.systems?.values() ?? [])].flatMap((set) => [...set])
  const allowed = words.filter((word) => codes.includes(word))
  switch (type) {
    case 'boolean':
      return random() < 0.5
    case 'integer':
      return pick([-1, 0, 1, 3], random) ?? 0
    case 'unsignedInt':
      return pick([0, 1, 3], random) ?? 0
    case 'positiveInt':
      return pick([1, 3], random) ?? 1
    case 'decimal':
      return pick(numbers, random) ?? 0
    case 'date':
      return pick(dates, random) ?? '2020'
    case 'dateTime':
      return pick([...dates, ...moments], random) ?? '2020'
    case 'instant':
      return pick(moments, random) ?? '2020-05-17T10:00:00Z'
    case 'time':
      return pick(['10:00:00', '10:00:00.5'], random) ?? '10:00:00'
    case 'base64Binary':
      return 'AAAA'
    case 'uuid':
      return 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'
    case 'oid':
      return 'urn:oid:1.2.3'
    case 'id':
      return pick(['c', 'd1'], random) ?? 'c'
    case 'xhtml':
      return '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
    case 'uri':
    case 'url':
    case 'canonical':
      return pick([...uris, ...words.filter((word) => /^\S+$/.test(word))], random) ?? 'urn:x'
    case 'code': {
      if (allowed.length > 0 && random() < 0.7) return pick(allowed, random) ?? 'x'
      const free = words.filter((word) => /^\S+$/.test(word))
      return pick(codes.length > 0 ? codes : [...free, 'x'], random) ?? 'x'
    }
    default:
      return pick([...texts, ...words.filter((word) => word !== '')], random) ?? 'a'
  }
}

export function generateObject(type: TypeDefinition, generation: Generation, depth = 0): JsonObject {
  const { random, density, maxDepth } = generation
  const object: JsonObject = type.kind === 'resource' ? { resourceType: type.name } : {}
  for (const element of type.elements) {
    if (element.max === 0 || element.name === 'contained' || element.name === 'modifierExtension') continue
    const isRare =
      element.name === 'extension' || element.name === 'id' || element.path.startsWith('Resource.')
    const chance = element.min > 0 ? 0.93 : isRare ? density / 8 : depth >= maxDepth ? 0 : density
    if (random() >= chance) continue
    const property = pick(type.steps.get(element.name) ?? [], random)
    if (!property) continue
    if (depth > maxDepth + 3 && property.type.kind !== 'primitive') continue
    const values = Array.from({ length: element.max === 1 ? 1 : 1 + Math.floor(random() * 2.3) }, () =>
      generateOne(property, generation, depth + 1),
    ).filter((value) => value !== undefined)
    const [first] = values
    if (first === undefined) continue
    object[property.name] = element.max === 1 ? first : values
  }
  return object
}

function generateOne(
  { type, element }: PropertyDefinition,
  generation: Generation,
  depth: number,
): JsonValue | undefined {
  if (type.kind === 'primitive') return primitive(type.name, element, generation)
  if (type.kind === 'resource') {
    const name = pick(['Basic', 'Composition', 'Patient', 'MessageHeader'], generation.random)
    const resource = name === undefined ? undefined : generation.registry.type(name)
    return resource && generateObject(resource, { ...generation, density: 0.1 }, depth)
  }
  const object = generateObject(type, generation, depth)
  return Object.keys(object).length === 0 ? undefined : object
}
