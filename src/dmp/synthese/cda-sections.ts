/**
 * The sections of a structured CDA body (level 2 or 3), read as a stream: title, code, narrative and coded entries of each,
 * those within others after them.
 *
 * INVARIANT: no DTD; depth, elements and characters are bounded, and what is beyond makes the document one that is not
 * read, never one that is read in part.
 * NOT read: sections of other namespaces, attributes of other namespaces than none (but `xsi:type` is not needed here).
 * @see HL7 CDA R2, StructuredBody; CI-SIS "volet VSM", "volet structuration minimale"
 */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { cdaNamespace } from '../cda/cda-tree.ts'
import { Base64Cutter } from '../cda/xml-base64.ts'
import { XmlDecoder } from '../cda/xml-text.ts'

/** An element with its text where it stands: narratives mix the two. */
export type CdaNode = {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly content: readonly (CdaNode | string)[]
}

export type CdaSection = {
  /** LOINC or another; `code` alone. */
  readonly code: string
  readonly title: string
  readonly text: CdaNode | undefined
  readonly entries: readonly CdaNode[]
}

export type ReadSections =
  | { readonly sections: readonly CdaSection[] }
  | { readonly unread: 'not-structured' | 'not-xml' | 'too-large' }

const limits = { depth: 100, elements: 60_000, text: 2_000_000, attributes: 64 } as const

type Growing = { name: string; attributes: ReadonlyMap<string, string>; content: (CdaNode | string)[] }

class Stop extends Error {
  readonly reason: 'not-xml' | 'too-large'
  constructor(reason: 'not-xml' | 'too-large') {
    super(reason)
    this.reason = reason
  }
}

export async function readCdaSections(chunks: AsyncIterable<Uint8Array>): Promise<ReadSections> {
  const collector = new Collector()
  const parser = new SaxesParser({ xmlns: true, position: false })
  parser.on('error', () => {
    throw new Stop('not-xml')
  })
  parser.on('doctype', () => {
    throw new Stop('not-xml')
  })
  parser.on('opentag', (tag) => collector.open(tag))
  parser.on('text', (text) => collector.add(text))
  parser.on('cdata', (text) => collector.add(text))
  parser.on('closetag', () => collector.close())
  const cutter = new Base64Cutter()
  const write = (text: string | undefined): void => {
    if (text === undefined) throw new Stop('not-xml')
    parser.write(cutter.cut(text))
  }
  try {
    let decoder: XmlDecoder | undefined
    for await (const chunk of chunks) {
      decoder ??= new XmlDecoder(chunk)
      write(decoder.decode(chunk, false))
    }
    write(decoder?.decode(new Uint8Array(), true))
    parser.close()
  } catch (error) {
    if (error instanceof Stop) return { unread: error.reason }
    throw error
  }
  return collector.isStructured ? { sections: collector.sections } : { unread: 'not-structured' }
}

class Collector {
  isStructured = false
  readonly sections: CdaSection[] = []
  readonly #open: (Growing | undefined)[] = []
  readonly #path: string[] = []
  #elements = 0
  #text = 0

  open(tag: SaxesTagNS): void {
    const own = tag.uri === cdaNamespace
    if (this.#path.length >= limits.depth) throw new Stop('too-large')
    if (this.#path.length === 0 && (!own || tag.local !== 'ClinicalDocument')) throw new Stop('not-xml')
    this.#path.push(own ? tag.local : '')
    if (own && tag.local === 'structuredBody' && this.#path.length === 3) this.isStructured = true
    const parent = this.#open.at(-1)
    // A section within another is a section of its own.
    const begins = own && tag.local === 'section'
    if (!own || !this.isStructured || (!parent && !begins)) {
      this.#open.push(undefined)
      return
    }
    if (++this.#elements > limits.elements) throw new Stop('too-large')
    const element: Growing = { name: tag.local, attributes: attributesOf(tag), content: [] }
    if (!begins) parent?.content.push(element)
    this.#open.push(element)
  }

  add(text: string): void {
    const element = this.#open.at(-1)
    if (!element) return
    this.#text += text.length
    if (this.#text > limits.text) throw new Stop('too-large')
    element.content.push(text)
  }

  close(): void {
    const element = this.#open.pop()
    this.#path.pop()
    if (element?.name === 'section') this.sections.push(sectionOf(element))
  }
}

function sectionOf(section: Growing): CdaSection {
  const title = one(section, 'title')
  return {
    code: one(section, 'code')?.attributes.get('code') ?? '',
    title: title ? textOf(title) : '',
    text: one(section, 'text'),
    entries: all(section, 'entry'),
  }
}

function attributesOf(tag: SaxesTagNS): ReadonlyMap<string, string> {
  const plain = new Map<string, string>()
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name]
    if (plain.size >= limits.attributes) throw new Stop('too-large')
    if (attribute?.uri === '') plain.set(attribute.local, attribute.value)
  }
  return plain
}

export function all(node: CdaNode, ...path: readonly string[]): CdaNode[] {
  return path.reduce<CdaNode[]>(
    (found, name) =>
      found.flatMap(({ content }) =>
        content.filter((child): child is CdaNode => typeof child !== 'string' && child.name === name),
      ),
    [node],
  )
}

export function one(node: CdaNode | undefined, ...path: readonly string[]): CdaNode | undefined {
  return node && all(node, ...path)[0]
}

/** White space folded. */
export function textOf(node: CdaNode): string {
  return rawText(node).replace(/\s+/g, ' ').trim()
}

function rawText({ content }: CdaNode): string {
  return content.map((part) => (typeof part === 'string' ? part : ` ${rawText(part)} `)).join('')
}
