/**
 * XML for signatures: parsed by the DOM that xml-crypto works on, so that what is verified and what is read are one tree.
 * Whatever is not well-formed is refused instead of mended, and so is any DTD: no entity, no default attribute.
 */
import { createRequire } from 'node:module'

/** What is used of a DOM. */
export type XmlNode = {
  readonly nodeType: number
  readonly localName: string | null
  readonly namespaceURI: string | null
  readonly textContent: string | null
  readonly firstChild: XmlNode | null
  readonly nextSibling: XmlNode | null
  readonly getAttribute?: (name: string) => string
}

type XmlDocument = XmlNode & { readonly documentElement: XmlNode | null }

type XmlDom = {
  readonly DOMParser: new (options: {
    readonly errorHandler: (level: string, message: string) => void
  }) => { parseFromString(text: string, type: 'text/xml'): XmlDocument }
}

// Its own types would bring those of a browser into the whole project: `name`, `status` and others as if they were there.
const { DOMParser }: XmlDom = createRequire(import.meta.url)('@xmldom/xmldom')

export class UnreadableXml extends Error {}

const ELEMENT = 1

/** @throws UnreadableXml */
export function parseTree(text: string): XmlNode {
  if (/<!DOCTYPE/i.test(text)) throw new UnreadableXml()
  const parser = new DOMParser({
    errorHandler: () => {
      throw new UnreadableXml()
    },
  })
  const root = parser.parseFromString(text, 'text/xml').documentElement
  if (!root) throw new UnreadableXml()
  return root
}

/** Told before there is a tree of it, as the two below. */
export function hasMoreElements(text: string, most: number): boolean {
  return hasMore(text, /<[^/!?]/g, most)
}

/** Elements, their attributes, comments, instructions, and whatever in a text looks like one of them. */
export function hasMoreNodes(text: string, most: number): boolean {
  return hasMore(text, /<[^/]|=\s*["']/g, most)
}

/** Names that namespaces are declared for. Each element has those that are in scope looked through. */
export function hasMorePrefixes(text: string, most: number): boolean {
  const prefixes = new Set<string | undefined>()
  for (const [, prefix] of text.matchAll(/\sxmlns:([^\s=]{1,100})/g))
    if (prefixes.add(prefix).size > most) return true
  return false
}

function hasMore(text: string, node: RegExp, most: number): boolean {
  let nodes = 0
  for (const _ of text.matchAll(node)) if (++nodes > most) return true
  return false
}

export function childElements(node: XmlNode): XmlNode[] {
  const children: XmlNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.nodeType === ELEMENT) children.push(child)
  return children
}

export function isElement(node: XmlNode, namespace: RegExp, name: string): boolean {
  return node.localName === name && namespace.test(node.namespaceURI ?? '')
}

/** The elements that a path of names leads to, in the namespaces that match. */
export function at(node: XmlNode, namespace: RegExp, ...path: readonly string[]): XmlNode[] {
  return path.reduce<XmlNode[]>(
    (nodes, name) =>
      nodes.flatMap((each) => childElements(each).filter((child) => isElement(child, namespace, name))),
    [node],
  )
}

/** Every element below, the node itself first, in the order of the document. */
export function* elementsOf(node: XmlNode): Generator<XmlNode> {
  const open = [node]
  for (let next = open.pop(); next; next = open.pop()) {
    yield next
    open.push(...childElements(next).reverse())
  }
}

/** Deeper than anything meant to be read, and than what may call itself for each level. */
const MAX_DEPTH = 100

export function isTooDeep(node: XmlNode): boolean {
  let level = [node]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) return true
    level = level.flatMap(childElements)
  }
  return false
}

export function attribute(node: XmlNode | undefined, name: string): string {
  return node?.getAttribute?.(name) ?? ''
}

export function textOf(node: XmlNode | undefined): string {
  return (node?.textContent ?? '').trim()
}
