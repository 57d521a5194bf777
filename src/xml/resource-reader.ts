/**
 * Elements and attributes as they are met → a resource in the JSON model, led by the definitions.
 *
 * Elements have to stand in the order of their definition, and one that repeats in one run. What is in an element that
 * stands too late is read all the same: all faults are told together.
 * NOT checked here, since validation finds it in what is read: cardinalities but that of a single element, choices of two
 * types, values of primitives, invariants.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { SaxesTagNS } from 'saxes'
import type { Registry } from '../definitions/registry.ts'
import type { ElementDefinition, PropertyDefinition, TypeDefinition } from '../definitions/type-definition.ts'
import type { JsonObject } from '../fhir/json.ts'
import { isAttribute } from './is-attribute.ts'
import { FHIR, XHTML, XMLNS, XSI } from './namespaces.ts'
import { OpenElement } from './open-element.ts'
import { readPrimitive } from './primitive-value.ts'
import type { ElementXmlReason, FatalXmlReason, XmlFault } from './xml-fault.ts'

/** A fault before its place in the text is known. */
export type Fault = Omit<XmlFault, 'line' | 'column' | 'reason'> & {
  readonly reason: ElementXmlReason | FatalXmlReason
}

/** What becomes of the element whose tag has just been read: read on, pass over, or take its source as XHTML. */
export type Opened = 'open' | 'skip' | 'narrative'

/** Names that may be repeated in an answer; any other text that stands as a name may be personal. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/

export class ResourceReader {
  resource: JsonObject | undefined
  readonly #registry: Registry
  readonly #aside: TypeDefinition
  readonly #maxDepth: number
  readonly #report: (fault: Fault) => void
  readonly #open: OpenElement[] = []

  /** @param report is told each fault; for a fatal one it throws */
  constructor(registry: Registry, maxDepth: number, report: (fault: Fault) => void) {
    const element = registry.type('Element')
    if (!element) throw new Error('the definitions have no Element')
    this.#aside = element
    this.#registry = registry
    this.#maxDepth = maxDepth
    this.#report = report
  }

  open(tag: SaxesTagNS): Opened {
    const parent = this.#open.at(-1)
    if (!parent) return this.#openResource(tag, undefined, 0)
    if (parent.kind === 'resource-place') return this.#openResourceIn(parent, tag)
    const property = parent.type.properties.get(tag.local)
    const namespace = property?.type.name === 'xhtml' ? XHTML : FHIR
    if (tag.uri !== namespace) return this.#refuse('namespace', this.expression(nameOf(tag.local)))
    if (!property || property.element.max === 0 || isAttribute(property, parent.type)) {
      return this.#refuseUnknown('unknown-element', parent.type, tag.local)
    }
    const { element } = property
    if (parent.current === property) parent.count++
    else {
      const again = parent.current !== undefined && parent.has(property)
      parent.current = property
      parent.count = 1
      if (again && element.max !== 1) return this.#refuse('not-contiguous', this.expression(element.name))
      if (again) parent.count = 2
      else this.#checkOrder(parent, element)
    }
    if (element.max === 1 && parent.count > 1) {
      this.#fault({ reason: 'repeated', expression: this.expression(element.name), min: element.min })
      return 'skip'
    }
    return this.#openProperty(tag, parent, property)
  }

  #openProperty(tag: SaxesTagNS, parent: OpenElement, property: PropertyDefinition): Opened {
    const { type, element } = property
    const inList = element.max !== 1
    const depth = parent.depth + (inList ? 2 : 1)
    switch (type.kind) {
      case 'primitive': {
        if (inList) this.#checkDepth(parent.depth + 1)
        if (type.name === 'xhtml') {
          this.#open.push(new OpenElement('primitive', this.#aside, {}, property, depth))
          return 'narrative'
        }
        const opened = new OpenElement('primitive', this.#aside, {}, property, depth)
        this.#open.push(opened)
        this.#readAttributes(tag, opened)
        return 'open'
      }
      case 'resource':
        this.#open.push(new OpenElement('resource-place', type, parent.object, property, depth))
        this.#refuseAttributes(tag, type)
        return 'open'
      default: {
        this.#checkDepth(depth)
        const opened = new OpenElement('object', type, {}, property, depth)
        parent.addObject(property, opened.object)
        this.#open.push(opened)
        this.#readAttributes(tag, opened)
        return 'open'
      }
    }
  }

  #openResourceIn(place: OpenElement, tag: SaxesTagNS): Opened {
    if (place.filled) {
      this.#fault({ reason: 'repeated', expression: this.expression(), min: 0 })
      return 'skip'
    }
    place.filled = true
    return this.#openResource(tag, place, place.depth)
  }

  #openResource(tag: SaxesTagNS, place: OpenElement | undefined, depth: number): Opened {
    if (tag.uri !== FHIR) return this.#refuse('namespace', this.expression(nameOf(tag.local)))
    const type = this.#registry.resourceType(tag.local)
    if (!type) return this.#refuse('unknown-resource', this.expression('resourceType'))
    this.#checkDepth(depth)
    const resource: JsonObject = { resourceType: type.name }
    if (place?.property) place.addObject(place.property, resource)
    else this.resource = resource
    this.#open.push(new OpenElement('object', type, resource, undefined, depth))
    this.#refuseAttributes(tag, type)
    return 'open'
  }

  text(): void {
    if (this.#open.length > 0) this.#fault({ reason: 'text', expression: this.expression() })
  }

  /** Ends the element opened last. */
  close(): void {
    const closed = this.#open.at(-1)
    if (!closed) return
    // What a refused attribute or child has left empty has had its fault.
    if (closed.isEmpty && !closed.isFaulty) this.#fault({ reason: 'empty', expression: this.expression() })
    this.#open.pop()
    const parent = this.#open.at(-1)
    if (!parent) return
    parent.isFaulty ||= closed.isFaulty
    if (closed.kind === 'primitive' && closed.property) {
      const aside = Object.keys(closed.object).length > 0 ? closed.object : null
      parent.addPrimitive(closed.property, closed.value, aside)
    }
  }

  /** Ends the narrative opened last. */
  closeNarrative(source: string): void {
    const closed = this.#open.at(-1)
    if (closed) closed.value = source
    this.close()
  }

  #readAttributes(tag: SaxesTagNS, opened: OpenElement): void {
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key]
      if (!attribute || isForeign(attribute.uri)) continue
      const { local, value, uri } = attribute
      const isValue = opened.kind === 'primitive' && local === 'value'
      const property = isValue ? opened.property : opened.type.properties.get(local)
      if (uri !== '' || !property || !(isValue || isAttribute(property, opened.type))) {
        this.#refuseUnknown('unknown-attribute', opened.property?.type ?? opened.type, local)
      } else if (value === '') {
        this.#fault({ reason: 'empty', expression: this.expression(isValue ? undefined : local) })
      } else if (isValue) opened.value = readPrimitive(property.type.name, value)
      else opened.object[local] = value
    }
  }

  /** A resource and its place have none but namespaces. */
  #refuseAttributes(tag: SaxesTagNS, type: TypeDefinition): void {
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key]
      if (attribute && !isForeign(attribute.uri)) {
        this.#refuseUnknown('unknown-attribute', type, attribute.local)
      }
    }
  }

  #fault(fault: Fault): void {
    const opened = this.#open.at(-1)
    if (opened) opened.isFaulty = true
    this.#report(fault)
  }

  #checkDepth(depth: number): void {
    if (depth >= this.#maxDepth) this.#fault({ reason: 'too-deep', expression: this.expression() })
  }

  /** Walks through the elements of a type once, when all of them are in order. */
  #checkOrder(parent: OpenElement, element: ElementDefinition): void {
    const { elements } = parent.type
    let at = parent.furthest
    while (at < elements.length && elements[at] !== element) at++
    if (at < elements.length) parent.furthest = at
    else {
      const expression = `${this.expression(element.name)}${element.max === 1 ? '' : '[0]'}`
      this.#fault({ reason: 'out-of-order', expression, before: elements[parent.furthest]?.name ?? '?' })
    }
  }

  #refuseUnknown(
    reason: 'unknown-element' | 'unknown-attribute',
    type: TypeDefinition,
    local: string,
  ): 'skip' {
    const name = nameOf(local)
    this.#fault({ reason, expression: this.expression(name), type: type.name, name: name ?? '?' })
    return 'skip'
  }

  #refuse(reason: ElementXmlReason, expression: string): 'skip' {
    this.#fault({ reason, expression })
    return 'skip'
  }

  /** FHIRPath of the element opened last, or of one below it. */
  expression(below?: string): string {
    let text = ''
    let parent: OpenElement | undefined
    for (const opened of this.#open) {
      const step = opened.property?.element
      if (step) {
        text += `.${step.name}`
        if (step.max !== 1) text += `[${(parent?.count ?? 1) - 1}]`
      } else if (text === '') text = opened.type.name
      parent = opened
    }
    if (below === undefined) return text
    return text === '' ? below : `${text}.${below}`
  }
}

/** Declarations of namespaces, and where a schema lies: published examples have it. */
function isForeign(uri: string): boolean {
  return uri === XMLNS || uri === XSI
}

function nameOf(local: string): string | undefined {
  return NAME.test(local) ? local : undefined
}
