/**
 * Resources and their datatypes as JSON Schema, from the R4 definitions: elements, cardinalities, codes of required value
 * sets, with our words for what the DMP makes of an element. NOT in it, and allowed all the same: siblings of primitives
 * (`_status`), elements of types that are not told of here. What profiles demand beyond R4 is in docs/profiles.md.
 * @see https://hl7.org/fhir/R4/json.html
 */

import type { Registry } from '../../src/definitions/registry.ts'
import type { ElementDefinition, TypeDefinition } from '../../src/definitions/type-definition.ts'
import type { ValueSetCodes } from '../../src/definitions/value-set-codes.ts'
import { type Node, reference } from './openapi-document.ts'
import { schemaWords } from './schema-words.ts'

const primitives: Readonly<Record<string, Node>> = {
  base64Binary: { type: 'string', contentEncoding: 'base64' },
  boolean: { type: 'boolean' },
  canonical: { type: 'string' },
  code: { type: 'string', pattern: '^[^\\s]+( [^\\s]+)*$' },
  date: { type: 'string', pattern: '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$' },
  dateTime: {
    type: 'string',
    pattern:
      '^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$',
  },
  decimal: { type: 'number' },
  id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
  instant: { type: 'string', format: 'date-time' },
  integer: { type: 'integer' },
  markdown: { type: 'string' },
  oid: { type: 'string', pattern: '^urn:oid:[0-2](\\.(0|[1-9][0-9]*))+$' },
  positiveInt: { type: 'integer', minimum: 1 },
  string: { type: 'string' },
  time: { type: 'string', pattern: '^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?$' },
  unsignedInt: { type: 'integer', minimum: 0 },
  uri: { type: 'string' },
  url: { type: 'string' },
  uuid: { type: 'string', pattern: '^urn:uuid:[0-9a-f-]{36}$' },
  xhtml: { type: 'string' },
}

/** Of the fifty that a choice of any type has, those that are met here. */
const ofAnyType = new Set([
  'Address',
  'CodeableConcept',
  'Coding',
  'HumanName',
  'Identifier',
  'Period',
  'Reference',
  'Signature',
  'base64Binary',
  'boolean',
  'canonical',
  'code',
  'date',
  'dateTime',
  'decimal',
  'id',
  'instant',
  'integer',
  'positiveInt',
  'string',
  'unsignedInt',
  'uri',
  'url',
])
const MANY_TYPES = 20
/** A longer list of codes is better looked up. */
const MANY_CODES = 30
const leftOut = new Set(['modifierExtension', 'implicitRules', 'language'])
const ANY_RESOURCE = 'AnyResource'

/** Of these resource types, and of all that they are made of. */
export function resourceSchemas(
  registry: Registry,
  types: readonly string[],
): Readonly<Record<string, Node>> {
  const made = new Map<string, Node>()
  const waiting = [...types]
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (made.has(name)) continue
    const type = registry.type(name)
    if (!type) throw new Error(`${name} is not defined`)
    const needed = new Set<string>()
    made.set(name, schemaOf(type, needed))
    waiting.push(...needed)
  }
  return {
    ...Object.fromEntries([...made].sort(([a], [b]) => (a < b ? -1 : 1))),
    [ANY_RESOURCE]: {
      type: 'object',
      description: 'A resource of any type',
      required: ['resourceType'],
      properties: { resourceType: { type: 'string' } },
      additionalProperties: true,
    },
  }
}

function schemaOf(type: TypeDefinition, needed: Set<string>): Node {
  const isResource = type.kind === 'resource'
  const elements = type.elements.filter(({ name }) => !leftOut.has(name) && (isResource || name !== 'id'))
  const properties = elements.flatMap((element) => propertiesOf(element, needed))
  const words = schemaWords[type.name]
  const required = elements.filter(({ min, choice }) => min > 0 && !choice).map(({ name }) => name)
  return {
    type: 'object',
    ...(words === undefined ? {} : { description: words }),
    ...(isResource || required.length > 0
      ? { required: [...(isResource ? ['resourceType'] : []), ...required] }
      : {}),
    properties: {
      ...(isResource ? { resourceType: { const: type.name } } : {}),
      ...Object.fromEntries(properties),
    },
    additionalProperties: true,
    ...(isResource
      ? { externalDocs: { url: `https://hl7.org/fhir/R4/${type.name.toLowerCase()}.html` } }
      : {}),
  }
}

function propertiesOf(element: ElementDefinition, needed: Set<string>): [string, Node][] {
  const { choice, types, name, path, max } = element
  const words = schemaWords[path]
  const told = choice && types.length > MANY_TYPES ? types.filter((type) => ofAnyType.has(type.name)) : types
  return told.map((type) => {
    const one = valueSchema(element, type, needed)
    const schema: Node = max > 1 ? { type: 'array', minItems: 1, items: one } : one
    const property = choice ? name + type.name.slice(0, 1).toUpperCase() + type.name.slice(1) : name
    return [property, words === undefined ? schema : { ...schema, description: words }]
  })
}

function valueSchema({ binding }: ElementDefinition, type: TypeDefinition, needed: Set<string>): Node {
  const primitive = primitives[type.name]
  if (primitive) {
    const codes = type.name === 'code' && binding ? codesOf(binding) : []
    return codes.length > 0 && codes.length <= MANY_CODES ? { type: 'string', enum: codes } : primitive
  }
  if (type.abstract && (type.name === 'Resource' || type.name === 'DomainResource'))
    return reference('schemas', ANY_RESOURCE)
  needed.add(type.name)
  return reference('schemas', type.name)
}

function codesOf({ systems }: ValueSetCodes): string[] {
  return [...new Set([...(systems?.values() ?? [])].flatMap((codes) => [...codes]))]
}
