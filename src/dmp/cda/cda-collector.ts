/**
 * What is kept of a CDA document while it is read: a small tree of the elements of `urn:hl7-org:v3` outside the body, and the
 * kinds of body it has. Whoever reads it tells each tag and each text.
 *
 * INVARIANT: depth, attributes, kept elements and kept text are bounded, so that memory and time stay in proportion to the
 * bytes.
 * @see CDA R2, ClinicalDocument
 */
import { longestRun } from './xml-base64.ts'

export const cdaNamespace = 'urn:hl7-org:v3'

export type CdaElement = {
  readonly name: string
  /** Attributes without a namespace, by name. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly CdaElement[]
  readonly text: string
}

export type CdaBody = {
  readonly kind: 'structured' | 'unstructured'
  /** Of nonXMLBody/text. */
  readonly mediaType?: string
  readonly representation?: string
  /** The first characters of nonXMLBody/text, without white space. */
  readonly start?: string
}

export type CdaFaultReason =
  | 'too-large'
  | 'encoding'
  | 'doctype'
  | 'not-well-formed'
  | 'not-cda'
  | 'namespace'
  | 'too-deep'
  | 'too-many-attributes'
  | 'too-many-elements'
  | 'too-long'
  | 'incomplete'
  | 'repeated'

/** Where: `line:column`, or the path of the element. Never a part of the document's text. */
export type CdaFault = { readonly reason: CdaFaultReason; readonly at: string }

export type CdaTree = { readonly root: CdaElement; readonly bodies: readonly CdaBody[] }

export const cdaLimits = {
  depth: 100,
  attributes: 64,
  attributeLength: longestRun,
  elements: 5_000,
  text: 10_000,
  /** Enough to tell what kind of file it is. */
  bodyStart: 1_024,
} as const

/** Thrown where there is no use in reading on. */
export class Stop extends Error {
  readonly reason: CdaFaultReason
  constructor(reason: CdaFaultReason) {
    super(reason)
    this.reason = reason
  }
}

type Growing = { name: string; attributes: ReadonlyMap<string, string>; children: CdaElement[]; text: string }

export class CdaCollector {
  root: CdaElement | undefined
  readonly bodies: CdaBody[] = []
  /** One place per open element: what is kept, or undefined for the body and foreign namespaces. */
  readonly #open: (Growing | undefined)[] = []
  readonly #path: string[] = []
  #kept = 0
  /** Depth of the nonXMLBody/text that is open. */
  #bodyText = 0

  /**
   * @param own whether it is of `urn:hl7-org:v3`
   * @param attributes those without a namespace, asked for only where they are kept
   */
  open(local: string, own: boolean, attributes: () => ReadonlyMap<string, string>): void {
    const depth = this.#path.length
    if (depth >= cdaLimits.depth) throw new Stop('too-deep')
    if (depth === 0) {
      if (local !== 'ClinicalDocument') throw new Stop('not-cda')
      if (!own) throw new Stop('namespace')
    }
    this.#path.push(own ? local : '')
    if (depth < 4) this.#noteBody(attributes)
    const parent = this.#open.at(-1)
    const isBody = depth === 1 && local === 'component'
    if (!own || isBody || (depth > 0 && !parent)) {
      this.#open.push(undefined)
      return
    }
    if (++this.#kept > cdaLimits.elements) throw new Stop('too-many-elements')
    const element: Growing = { name: local, attributes: attributes(), children: [], text: '' }
    parent?.children.push(element)
    this.root ??= element
    this.#open.push(element)
  }

  /** Whether a text that comes now is kept, or looked at. */
  get listens(): boolean {
    return this.#open.at(-1) !== undefined || (this.#bodyText > 0 && this.#bodyText === this.#path.length)
  }

  add(text: string): void {
    const element = this.#open.at(-1)
    if (!element) {
      if (this.#bodyText > 0 && this.#bodyText === this.#path.length) this.#addToBody(text)
      return
    }
    if (element.text.length + text.length > cdaLimits.text) throw new Stop('too-long')
    element.text += text
  }

  close(): void {
    if (this.#bodyText === this.#path.length) this.#bodyText = 0
    this.#open.pop()
    this.#path.pop()
  }

  #noteBody(attributesOf: () => ReadonlyMap<string, string>): void {
    const path = this.#path
    if (path[1] !== 'component') return
    const body = path[2]
    if (path.length === 3 && body === 'structuredBody') this.bodies.push({ kind: 'structured' })
    if (path.length === 3 && body === 'nonXMLBody') this.bodies.push({ kind: 'unstructured' })
    if (path.length !== 4 || body !== 'nonXMLBody' || path[3] !== 'text') return
    const attributes = attributesOf()
    const mediaType = attributes.get('mediaType')
    const representation = attributes.get('representation')
    this.bodies[this.bodies.length - 1] = {
      kind: 'unstructured',
      ...(mediaType === undefined ? {} : { mediaType }),
      ...(representation === undefined ? {} : { representation }),
    }
    this.#bodyText = path.length
  }

  #addToBody(text: string): void {
    const body = this.bodies.at(-1)
    const start = body?.start ?? ''
    if (!body || start.length >= cdaLimits.bodyStart) return
    const more = text.slice(0, 2 * cdaLimits.bodyStart).replace(/[ \t\r\n]+/g, '')
    this.bodies[this.bodies.length - 1] = { ...body, start: (start + more).slice(0, cdaLimits.bodyStart) }
  }
}
