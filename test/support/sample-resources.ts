/**
 * Resources made from the definitions: one for each property that can be reached from a resource type, and random ones.
 * Every JSON value is in the form that a reader of FHIR gives it: no empty objects, null only beside what stands aside.
 * They conform in structure only: required elements may be missing, codes are invented.
 */

import type { Registry } from '../../src/definitions/registry.ts'
import type { PropertyDefinition, TypeDefinition } from '../../src/definitions/type-definition.ts'
import { Decimal, type JsonObject, type JsonValue } from '../../src/fhir/json.ts'
import { codePoint } from './code-point.ts'
import fc from './draws.ts'

export type SampleResource = { readonly name: string; readonly resource: JsonObject }

/** Each property of each type, alone in the shortest resource that can hold it. */
export function resourcePerProperty(registry: Registry): SampleResource[] {
  const hosts = new Map<TypeDefinition, (value: JsonObject) => JsonObject>()
  const queue: TypeDefinition[] = []
  for (const name of registry.resourceTypes) {
    const type = registry.resourceType(name)
    if (!type) throw new Error(`${name} is not defined`)
    hosts.set(type, (value) => ({ resourceType: name, ...value }))
    queue.push(type)
  }
  const samples: SampleResource[] = []
  for (let type = queue.shift(); type; type = queue.shift()) {
    const host = hosts.get(type)
    if (!host) throw new Error(`${type.name} has no host`)
    for (const property of type.properties.values()) {
      const { element, name } = property
      if (element.max === 0) continue
      const put = (value: JsonValue): JsonObject => host({ [name]: element.max === 1 ? value : [value] })
      samples.push({ name: `${type.name}.${name}`, resource: put(smallest(property.type)) })
      const { kind } = property.type
      if ((kind === 'datatype' || kind === 'nested') && !hosts.has(property.type)) {
        hosts.set(property.type, put)
        queue.push(property.type)
      }
    }
  }
  return samples
}

function smallest(type: TypeDefinition): JsonValue {
  if (type.kind === 'primitive') return primitiveSamples[type.name]?.[0] ?? 'x'
  if (type.kind === 'resource') return { resourceType: 'Basic', id: 'inner' }
  const isPlain = ({ type, element }: PropertyDefinition): boolean =>
    type.kind === 'primitive' && type.name !== 'xhtml' && element.max === 1
  for (const property of type.properties.values()) {
    if (property.name !== 'id' && isPlain(property)) return { [property.name]: smallest(property.type) }
  }
  return { id: 'x' }
}

const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`

/** The first of each is the plain one. Types that are not here are written like strings. */
export const primitiveSamples: Readonly<Record<string, readonly JsonValue[]>> = {
  base64Binary: ['Zm9v', 'QUJDRA=='],
  boolean: [true, false],
  canonical: ['http://example.org/x|1.0.0'],
  code: ['final', 'on hold'],
  date: ['2026-11-22', '2026-11', '2026'],
  dateTime: ['2026-11-22T08:16:00+01:00', '2026'],
  decimal: [
    3.25,
    ...[0, -7, 1e-7, 1e21, 123456789],
    ...['1.10', '0.00', '-0', '1e-7000', '1.0E+3', '123456789012345678901234567890.0', '100e-2'].map(
      (digits) => new Decimal(digits),
    ),
  ],
  id: ['a-1.B'],
  instant: ['2026-11-22T08:16:00.123456Z'],
  integer: [42, 0, -2147483648],
  markdown: ['**bold**', 'line\n\n* item\r\n\ttab & <b> "quoted"'],
  oid: ['urn:oid:1.2.250'],
  positiveInt: [1, 2147483647],
  string: [
    'text',
    ...[' ', 'a\tb', 'two\nlines', 'cr\rlf\r\n', '<&>"\'', '&amp;', ']]>', 'é', '\u0085\u2028', '\u007f'],
    ...['\ud83e\ude7a 𝄞', '\ufeff', 'null', '1.10', 'true', '\ufffd', '{"a":1}', '<!-- -->'],
  ],
  time: ['08:16:00'],
  unsignedInt: [0, 7],
  uri: ['urn:example:a?b=c&d=e'],
  url: ['https://example.org/é'],
  uuid: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
  xhtml: [
    div('text'),
    div('<p class="a">A &amp; B &#160;&lt; <!-- kept: & < --><br/>é <b>😀</b></p>\n  <hr />'),
    div("<a href='#x' title='\"'>x</a><table><tr><td>1</td></tr></table>"),
    `<div lang="fr" xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><div>inner</div></div>`,
    '<div xmlns="http://www.w3.org/1999/xhtml"/>',
  ],
}

/** Any resource of the type: lists, primitives with id and extensions with or without value, contained resources. */
export function randomResource(registry: Registry, type: TypeDefinition, gen: fc.GeneratorValue): JsonObject {
  return { resourceType: type.name, ...randomMembers(registry, type, gen, 0) }
}

/** How many properties an object gets, by how deep it lies. */
const sizes = [6, 3, 2, 1]

function randomMembers(
  registry: Registry,
  type: TypeDefinition,
  gen: fc.GeneratorValue,
  depth: number,
): JsonObject {
  const most = sizes[depth] ?? 1
  const isLeaf = depth >= sizes.length
  const possible = [...type.properties.values()].filter(
    ({ element, type }) => element.max !== 0 && (!isLeaf || type.kind === 'primitive'),
  )
  const object: JsonObject = {}
  const chosen = new Set<string>()
  const wanted = possible.length === 0 ? 0 : gen(fc.integer, { min: 1, max: most })
  for (let i = 0; i < wanted; i++) {
    const property = possible[gen(fc.nat, possible.length - 1)]
    if (!property || chosen.has(property.element.name)) continue
    chosen.add(property.element.name)
    const { name, element } = property
    const count = element.max === 1 ? 1 : gen(fc.integer, { min: 1, max: 3 })
    const isAttribute = (name === 'id' && type.kind !== 'resource') || element.path === 'Extension.url'
    const items = Array.from({ length: count }, () =>
      randomItem(registry, property, isAttribute, gen, depth + 1),
    )
    const values = items.map(({ value }) => value)
    const asides = items.map(({ aside }) => aside)
    if (element.max === 1) {
      if (values[0] != null) object[name] = values[0]
      if (asides[0] != null) object[`_${name}`] = asides[0]
      continue
    }
    if (values.some((value) => value !== null)) object[name] = values
    if (asides.some((aside) => aside !== null)) object[`_${name}`] = asides
  }
  return Object.keys(object).length > 0 ? object : fallback(type)
}

function fallback(type: TypeDefinition): JsonObject {
  return type.kind === 'resource' ? {} : { id: 'x' }
}

type Item = { readonly value: JsonValue; readonly aside: JsonObject | null }

function randomItem(
  registry: Registry,
  { type, element }: PropertyDefinition,
  isAttribute: boolean,
  gen: fc.GeneratorValue,
  depth: number,
): Item {
  if (type.kind === 'resource') {
    // dom-2: contained resources contain none.
    const inner = registry.resourceType(element.name === 'contained' ? 'Observation' : 'Parameters')
    if (!inner) throw new Error('the definitions have no Observation')
    const members = randomMembers(registry, inner, gen, depth + 1)
    delete members.contained
    return { value: { resourceType: inner.name, ...members }, aside: null }
  }
  if (type.kind !== 'primitive') return { value: randomMembers(registry, type, gen, depth), aside: null }
  const samples = primitiveSamples[type.name] ?? ['x']
  const value =
    type.name === 'string' && gen(fc.boolean)
      ? gen(() => xmlStrings)
      : (samples[gen(fc.nat, samples.length - 1)] ?? 'x')
  const form = isAttribute || type.name === 'xhtml' ? 0 : gen(fc.nat, 5)
  if (form < 4) return { value, aside: null }
  const extension = { url: 'http://example.org/e', valueString: 'why' }
  const aside: JsonObject = form === 4 ? { id: 'p1' } : { extension: [extension] }
  return { value: form === 4 || gen(fc.boolean) ? value : null, aside }
}

/** Text of any characters that XML can hold. */
const xmlStrings = fc
  .string({ unit: codePoint, minLength: 1, maxLength: 12 })
  .map((text) => text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '.'))
