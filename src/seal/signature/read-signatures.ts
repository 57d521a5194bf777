/**
 * The signatures that a document holds, if it may hold any: an XML document with an element of XML-DSig, or a JWS.
 */
import { isXmlType, mediaTypeOf } from '../../fhir/media-type.ts'
import { xmlText } from './canonical-xml.ts'
import { readJwsSignature } from './read-jws-signature.ts'
import { readXmlSignatures } from './read-xml-signature.ts'
import type { SignedData } from './signed-data.ts'
import { unreadable } from './signed-data.ts'

/** A signature in a larger document is not looked for: its tree would hold the process too long. */
export const MAX_SIGNED_BYTES = 2 * 1024 * 1024
const MARK = Buffer.from('http://www.w3.org/2000/09/xmldsig#')

const jwsTypes: ReadonlySet<string> = new Set(['application/jose', 'application/jose+json'])

/** Whether a document of this type may hold a signature: nothing else is read. */
export function mayHoldSignature(contentType: string, size: number, start: Buffer): boolean {
  const type = mediaTypeOf(contentType)
  if (size > MAX_SIGNED_BYTES) return false
  if (jwsTypes.has(type)) return true
  // Of what is larger than its first chunk nobody knows yet.
  return isXmlType(type) && (start.length < size || start.includes(MARK))
}

export function readSignatures(contentType: string, bytes: Buffer): SignedData[] {
  if (jwsTypes.has(mediaTypeOf(contentType))) return [readJwsSignature(bytes.toString('utf8'))]
  if (!bytes.includes(MARK)) return []
  const text = xmlText(bytes)
  return text === undefined ? [unreadable('xmldsig', 'FORMAT_FAILURE')] : readXmlSignatures(text)
}
