/**
 * The bytes of a document out of base64, with the digests that what was announced is held against.
 * @see https://hl7.org/fhir/R4/datatypes.html#base64Binary; attachment.hash is SHA-1 (R4), our own key SHA-256
 */
import { createHash } from 'node:crypto'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'

export type ReceivedContent = {
  readonly bytes: Buffer
  readonly sha1Base64: string
  readonly sha256: Buffer
  readonly size: number
}

/** @throws FhirError 422 when it is no base64 or empty, 413 when it is larger than allowed */
export function receiveContent(data: unknown, maxBytes: number, expression: string): ReceivedContent {
  if (typeof data !== 'string' || data === '')
    throw refusal('unprocessable', 'contenu-absent', { expression })
  if ((data.length / 4) * 3 - 2 > maxBytes) throw tooLarge(maxBytes, expression)
  const bytes = decodeBase64(data)
  if (!bytes) {
    throw new FhirError('unprocessable', [
      {
        severity: 'error',
        type: 'value',
        error: 'valeur-invalide',
        params: { name: 'base64Binary', cause: 'base64' },
        expression,
      },
    ])
  }
  if (bytes.length > maxBytes) throw tooLarge(maxBytes, expression)
  return {
    bytes,
    sha1Base64: createHash('sha1').update(bytes).digest('base64'),
    sha256: createHash('sha256').update(bytes).digest(),
    size: bytes.length,
  }
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
  const packed = data.replace(/\s+/g, '')
  if (packed.length === data.length) return undefined
  const again = Buffer.from(packed, 'base64')
  return isWhole(packed, again) ? again : undefined
}

function isWhole(text: string, bytes: Buffer): boolean {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return false
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return bytes.length === (text.length / 4) * 3 - padding
}
