/**
 * The JSON model → FHIR XML, elements in the order of the definitions. Read back by `parseXml` it is the same resource,
 * but for a narrative that had named entities of HTML or no namespace (see fhir/xhtml-div.ts), or line ends of another
 * system.
 * @see https://hl7.org/fhir/R4/xml.html
 *
 * Meant for resources that have been validated. What XML cannot hold, or the definitions do not know, is not left out: it
 * throws.
 */
import type { Registry } from '../definitions/registry.ts'
import type { PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { wellFormedDiv } from '../fhir/xhtml-div.ts'
import { escapeAttribute } from '../fhir/xml-escape.ts'
import { inOrder } from './in-order.ts'
import { isAttribute } from './is-attribute.ts'
import { FHIR } from './namespaces.ts'
import { writePrimitive } from './primitive-value.ts'

export type XmlOptions = {
  /** One element a line, two spaces a level. Narratives stay as they are. */
  readonly pretty?: boolean
}

/** The resource holds something that FHIR XML has no form for. */
export class NotXml extends Error {
  override readonly name = 'NotXml'
  /** FHIRPath of it. */
  readonly expression: string
  constructor(expression: string) {
    super(`${expression} cannot be written as XML`)
    this.expression = expression
  }
}

/** @throws NotXml */
export function stringifyXml(resource: JsonObject, registry: Registry, options: XmlOptions = {}): string {
  return new Writer(registry, options.pretty ?? false).write(resource)
}

class Writer {
  readonly #registry: Registry
  readonly #aside: TypeDefinition
  /** Line end and margin of the level written at; empty when lines are not wanted. */
  #margin: string
  readonly #path: (string | number)[] = []
  #out = '<?xml version="1.0" encoding="UTF-8"?>'

  constructor(registry: Registry, pretty: boolean) {
    const element = registry.type('Element')
    if (!element) throw new Error('the definitions have no Element')
    this.#registry = registry
    this.#aside = element
    this.#margin = pretty ? '\n' : ''
  }

  write(resource: JsonObject): string {
    this.#resource(resource, ` xmlns="${FHIR}"`)
    if (this.#margin !== '') this.#out += '\n'
    return this.#out
  }

  #resource(resource: JsonObject, namespace: string): void {
    const { resourceType } = resource
    const type = typeof resourceType === 'string' ? this.#registry.resourceType(resourceType) : undefined
    if (!type) throw this.#fault('resourceType')
    if (this.#path.length === 0) this.#path.push(type.name)
    this.#out += `${this.#margin}<${type.name}${namespace}`
    this.#content(resource, type, type.name)
  }

  /** Attributes, the end of the tag, children and the closing tag. */
  #content(object: JsonObject, type: TypeDefinition, name: string): void {
    const properties = inOrder(object, type)
    if (typeof properties === 'string') throw this.#fault(properties)
    if (properties.length === 0 && type.kind !== 'resource') throw this.#fault()
    let attributes = 0
    for (const property of properties) {
      if (!isAttribute(property, type)) continue
      attributes++
      this.#attribute(property.name, object[property.name])
      if (object[`_${property.name}`] !== undefined) throw this.#fault(`_${property.name}`)
    }
    if (attributes === properties.length) {
      this.#out += '/>'
      return
    }
    this.#out += '>'
    this.#margin = deeper(this.#margin)
    for (const property of properties) {
      if (isAttribute(property, type)) continue
      this.#path.push(property.element.name)
      this.#property(property, object[property.name], object[`_${property.name}`])
      this.#path.pop()
    }
    this.#margin = shallower(this.#margin)
    this.#out += `${this.#margin}</${name}>`
  }

  #property(property: PropertyDefinition, value: JsonValue | undefined, aside: JsonValue | undefined): void {
    if (property.element.max === 1) {
      this.#element(property, value, aside)
      return
    }
    const values = value ?? []
    const asides = aside ?? []
    if (!Array.isArray(values) || !Array.isArray(asides)) throw this.#fault()
    const length = Math.max(values.length, asides.length)
    if (length === 0) throw this.#fault()
    for (let i = 0; i < length; i++) {
      this.#path.push(i)
      this.#element(property, values[i] ?? undefined, asides[i] ?? undefined)
      this.#path.pop()
    }
  }

  #element(property: PropertyDefinition, value: JsonValue | undefined, aside: JsonValue | undefined): void {
    const { name, type } = property
    if (type.kind === 'primitive') {
      this.#primitive(property, value, aside)
      return
    }
    if (!isJsonObject(value)) throw this.#fault()
    this.#out += `${this.#margin}<${name}`
    if (type.kind !== 'resource') {
      this.#content(value, type, name)
      return
    }
    this.#out += '>'
    this.#margin = deeper(this.#margin)
    this.#resource(value, '')
    this.#margin = shallower(this.#margin)
    this.#out += `${this.#margin}</${name}>`
  }

  #primitive(
    { name, type }: PropertyDefinition,
    value: JsonValue | undefined,
    aside: JsonValue | undefined,
  ): void {
    if (type.name === 'xhtml') {
      const div = typeof value === 'string' && aside === undefined ? wellFormedDiv(value) : undefined
      if (div === undefined) throw this.#fault()
      this.#out += this.#margin + div
      return
    }
    this.#out += `${this.#margin}<${name}`
    if (value !== undefined) this.#attribute('value', writePrimitive(type.name, value), '')
    if (aside === undefined) {
      if (value === undefined) throw this.#fault()
      this.#out += '/>'
    } else if (isJsonObject(aside)) this.#content(aside, this.#aside, name)
    else throw this.#fault()
  }

  #attribute(name: string, value: JsonValue | undefined, below = name): void {
    const text = typeof value === 'string' && value !== '' ? escapeAttribute(value) : undefined
    if (text === undefined) throw this.#fault(below)
    this.#out += ` ${name}="${text}"`
  }

  #fault(below = ''): NotXml {
    let expression = ''
    for (const step of [...this.#path, below]) {
      if (typeof step === 'number') expression += `[${step}]`
      else if (step !== '') expression += expression === '' ? step : `.${step}`
    }
    return new NotXml(expression)
  }
}

const deeper = (margin: string): string => (margin === '' ? '' : `${margin}  `)
const shallower = (margin: string): string => (margin === '' ? '' : margin.slice(0, -2))
