/**
 * A whole XML document in a canonical form, as a signature's digest is made of it.
 * @see https://www.w3.org/TR/2001/REC-xml-c14n-20010315, https://www.w3.org/TR/xml-exc-c14n/
 *
 * What xml-crypto makes of the root element; comments and processing instructions beside the root are not part of it.
 */
import { XmlDecoder } from '../../dmp/cda/xml-text.ts'
import { canonicalisations } from './algorithms.ts'
import { hasMoreNodes, hasMorePrefixes, isTooDeep, parseTree, UnreadableXml } from './xml-tree.ts'

/** A tenth of a second each; no document of a record comes near. */
const MAX_NODES = 50_000
const MAX_PREFIXES = 100

/** @param transform one of `canonicalisations` @returns undefined for what is no XML, too deep or too much of it */
export function canonicalXml(bytes: Buffer, transform: string): string | undefined {
  const [, Canonicalisation] = Object.entries(canonicalisations).find(([uri]) => uri === transform) ?? []
  const text = xmlText(bytes)
  if (!Canonicalisation || text === undefined) return undefined
  if (hasMoreNodes(text, MAX_NODES) || hasMorePrefixes(text, MAX_PREFIXES)) return undefined
  try {
    const root = parseTree(text)
    if (isTooDeep(root)) return undefined
    return new Canonicalisation().process(root, { ancestorNamespaces: [] }).toString()
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined
    throw error
  }
}

/** Undefined when the encoding is not known, or the bytes are not of it. */
export function xmlText(bytes: Buffer): string | undefined {
  return new XmlDecoder(bytes).decode(bytes, true)
}
