/**
 * The bytes of a CDA document → its header, or why it is refused.
 * @see rule D6
 */
import type { Issue } from '../fhir/issue.ts'
import { type CdaHeader, readCdaHeader } from './cda-header.ts'
import { type CdaFault, readCdaTree } from './cda-tree.ts'
import { cutBase64 } from './xml-base64.ts'
import { decodeXml } from './xml-text.ts'

export const defaultMaxCdaBytes = 20 * 1024 * 1024
/** Without embedded base64: 14 times the largest ANS example we have. Parsing this much holds the process half a second. */
const maxMarkupLength = 2_000_000

export type ParsedCda = { readonly header: CdaHeader } | { readonly fault: CdaFault }

export function parseCda(bytes: Uint8Array, maxBytes = defaultMaxCdaBytes): ParsedCda {
  if (bytes.length > maxBytes) return { fault: { reason: 'too-large', at: String(bytes.length) } }
  const xml = decodeXml(bytes)
  if (xml === undefined) return { fault: { reason: 'encoding', at: '1:0' } }
  const markup = cutBase64(xml)
  if (markup.length > maxMarkupLength) return { fault: { reason: 'too-large', at: String(markup.length) } }
  const tree = readCdaTree(markup)
  return 'fault' in tree ? tree : readCdaHeader(tree.root, tree.bodies)
}

/** @param expression the element that carries the content, as `DocumentReference.content[0].attachment` */
export function cdaFaultIssue({ reason, at }: CdaFault, expression: string): Issue {
  const params = { cause: `${reason} (${at})` }
  return { severity: 'error', type: 'structure', error: 'cda-illisible', params, expression, rule: 'D6' }
}
