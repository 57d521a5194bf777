/**
 * The header of a CDA document as a small tree, read as a stream: the whole document must be well-formed, but only
 * elements of `urn:hl7-org:v3` outside the body are kept.
 *
 * INVARIANT: no DTD, hence no entity but XML's five; depth, attributes, kept elements and kept text are bounded, so that
 * memory and time stay in proportion to the bytes.
 * NOT checked: the CDA schema and the schematrons of CI-SIS.
 * @see https://www.w3.org/TR/xml/; CDA R2, ClinicalDocument
 */
import { SaxesParser, type SaxesTagNS } from 'saxes'
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

const limits = {
  depth: 100,
  attributes: 64,
  attributeLength: longestRun,
  elements: 5_000,
  text: 10_000,
  /** Enough to tell what kind of file it is. */
  bodyStart: 1_024,
} as const
/** saxes keeps what it is given until it has read it. */
const pieceLength = 65_536

type Growing = { name: string; attributes: ReadonlyMap<string, string>; children: CdaElement[]; text: string }

class Stop extends Error {
  readonly reason: CdaFaultReason
  constructor(reason: CdaFaultReason) {
    super(reason)
    this.reason = reason
  }
}

type CdaTree = { readonly root: CdaElement; readonly bodies: readonly CdaBody[] }

export class CdaTreeReader {
  readonly #parser: SaxesParser<{ xmlns: true }>
  readonly #collector = new Collector()
  #fault: CdaFault | undefined

  /** @param position whether lines are counted, to say where a fault is: a sixth of the time of what has none */
  constructor(position: boolean) {
    // Six handlers and no more: with a seventh V8 keeps the parser's fields in a dictionary, and it reads four times slower.
    const parser = new SaxesParser({ xmlns: true, position })
    const collector = this.#collector
    parser.on('error', () => {
      throw new Stop('not-well-formed')
    })
    parser.on('doctype', () => {
      throw new Stop('doctype')
    })
    parser.on('opentag', (tag) => collector.open(tag))
    parser.on('text', (text) => collector.add(text))
    parser.on('cdata', (text) => collector.add(text))
    parser.on('closetag', () => collector.close())
    this.#parser = parser
  }

  /** @returns whether there is any use in reading on */
  write(text: string): boolean {
    for (let at = 0; at < text.length && !this.#fault; at += pieceLength) {
      const piece = text.length <= pieceLength ? text : text.slice(at, at + pieceLength)
      this.#attempt(() => this.#parser.write(piece))
    }
    return !this.#fault
  }

  end(): CdaTree | { readonly fault: CdaFault } {
    if (!this.#fault) this.#attempt(() => this.#parser.close())
    if (this.#fault) return { fault: this.#fault }
    const { root, bodies } = this.#collector
    return root ? { root, bodies } : { fault: { reason: 'not-well-formed', at: '1:0' } }
  }

  #attempt(work: () => unknown): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      this.#fault = { reason: error.reason, at: `${this.#parser.line}:${this.#parser.column}` }
    }
  }
}

class Collector {
  root: CdaElement | undefined
  readonly bodies: CdaBody[] = []
  /** One place per open element: what is kept, or undefined for the body and foreign namespaces. */
  readonly #open: (Growing | undefined)[] = []
  readonly #path: string[] = []
  #kept = 0
  /** Depth of the nonXMLBody/text that is open. */
  #bodyText = 0

  open(tag: SaxesTagNS): void {
    checkAttributes(tag)
    const depth = this.#path.length
    if (depth >= limits.depth) throw new Stop('too-deep')
    const own = tag.uri === cdaNamespace
    if (depth === 0) {
      if (tag.local !== 'ClinicalDocument') throw new Stop('not-cda')
      if (!own) throw new Stop('namespace')
    }
    this.#path.push(own ? tag.local : '')
    this.#noteBody(tag)
    const parent = this.#open.at(-1)
    const isBody = depth === 1 && tag.local === 'component'
    if (!own || isBody || (depth > 0 && !parent)) {
      this.#open.push(undefined)
      return
    }
    if (++this.#kept > limits.elements) throw new Stop('too-many-elements')
    const element: Growing = { name: tag.local, attributes: plainAttributes(tag), children: [], text: '' }
    parent?.children.push(element)
    this.root ??= element
    this.#open.push(element)
  }

  add(text: string): void {
    const element = this.#open.at(-1)
    if (!element) {
      if (this.#bodyText > 0 && this.#bodyText === this.#path.length) this.#addToBody(text)
      return
    }
    if (element.text.length + text.length > limits.text) throw new Stop('too-long')
    element.text += text
  }

  close(): void {
    if (this.#bodyText === this.#path.length) this.#bodyText = 0
    this.#open.pop()
    this.#path.pop()
  }

  #noteBody(tag: SaxesTagNS): void {
    const path = this.#path
    if (path.length > 4 || path[1] !== 'component') return
    const body = path[2]
    if (path.length === 3 && body === 'structuredBody') this.bodies.push({ kind: 'structured' })
    if (path.length === 3 && body === 'nonXMLBody') this.bodies.push({ kind: 'unstructured' })
    if (path.length !== 4 || body !== 'nonXMLBody' || path[3] !== 'text') return
    const attributes = plainAttributes(tag)
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
    if (!body || start.length >= limits.bodyStart) return
    const more = text.slice(0, 2 * limits.bodyStart).replace(/[ \t\r\n]+/g, '')
    this.bodies[this.bodies.length - 1] = { ...body, start: (start + more).slice(0, limits.bodyStart) }
  }
}

function checkAttributes(tag: SaxesTagNS): void {
  let count = 0
  for (const name in tag.attributes) {
    if (++count > limits.attributes) throw new Stop('too-many-attributes')
    if ((tag.attributes[name]?.value.length ?? 0) > limits.attributeLength) throw new Stop('too-long')
  }
}

function plainAttributes(tag: SaxesTagNS): ReadonlyMap<string, string> {
  const plain = new Map<string, string>()
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name]
    if (attribute?.uri === '') plain.set(attribute.local, attribute.value)
  }
  return plain
}
