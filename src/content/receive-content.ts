/**
 * The content of a document where a resource has base64: what was set aside while the body came, or else decoded here, all of
 * it in memory, with the digests that what was announced is held against.
 * @see https://hl7.org/fhir/R4/datatypes.html#base64Binary; attachment.hash is SHA-1 (R4), our own key SHA-256
 */
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import { contentInMemory } from './content-in-memory.ts'
import type { ReceivedContent } from './received-content.ts'
import type { ContentFault, SetAside } from './set-aside.ts'

export { contentInMemory }

/**
 * @param setAside contents that were taken out of the body, of which `data` may be the placeholder
 * @throws FhirError 422 when it is no base64 or empty, 413 when it is larger than allowed
 */
export function receiveContent(
  data: unknown,
  maxBytes: number,
  expression: string,
  setAside?: SetAside,
): ReceivedContent {
  if (typeof data !== 'string' || data === '') throw absent(expression)
  const found = setAside?.find(data) ?? contentOf(data, maxBytes)
  if (found === 'too-large') throw tooLarge(maxBytes, expression)
  if (found === 'not-base64') throw notBase64(expression)
  if (found.size === 0) throw absent(expression)
  return found
}

function contentOf(data: string, maxBytes: number): ReceivedContent | ContentFault {
  if ((data.length / 4) * 3 - 2 > maxBytes) return 'too-large'
  const bytes = decodeBase64(data)
  if (!bytes) return 'not-base64'
  return bytes.length > maxBytes ? 'too-large' : contentInMemory(bytes)
}

function absent(expression: string): FhirError {
  return refusal('unprocessable', 'contenu-absent', { expression })
}

function notBase64(expression: string): FhirError {
  return refusal('unprocessable', 'valeur-invalide', {
    type: 'value',
    params: { name: 'base64Binary', cause: 'base64' },
    expression,
  })
}

function tooLarge(limit: number, expression: string): FhirError {
  return refusal('too-long', 'trop-long', { params: { what: 'document (bytes)', limit }, expression })
}

/**
 * Strict, and without a pass of its own over the text: Node leaves out what is no base64, so that nothing was left out when
 * the length is right. It takes the URL alphabet too, which FHIR does not. White space is allowed (R4).
 */
function decodeBase64(data: string): Buffer | undefined {
  const bytes = Buffer.from(data, 'base64')
  if (isWhole(data, bytes)) return bytes
  const packed = data.replace(/[ \t\r\n\f]+/g, '')
  if (packed.length === data.length) return undefined
  const again = Buffer.from(packed, 'base64')
  return isWhole(packed, again) ? again : undefined
}

function isWhole(text: string, bytes: Buffer): boolean {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return false
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return bytes.length === (text.length / 4) * 3 - padding
}
