/**
 * The bytes of a document out of base64, with the digests that what was announced is held against.
 * @see https://hl7.org/fhir/R4/datatypes.html#base64Binary; attachment.hash is SHA-1 (R4), our own key SHA-256
 */
import { createHash } from 'node:crypto'
import { FhirError, refusal } from '../../fhir/fhir-error.ts'

export type ReceivedContent = {
  readonly bytes: Buffer
  readonly sha1Base64: string
  readonly sha256: Buffer
  readonly size: number
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** @throws FhirError 422 when it is no base64 or empty, 413 when it is larger than allowed */
export function receiveContent(data: unknown, maxBytes: number, expression: string): ReceivedContent {
  if (typeof data !== 'string' || data === '')
    throw refusal('unprocessable', 'contenu-absent', { expression })
  const text = /\s/.test(data) ? data.replace(/\s+/g, '') : data
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
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
  if ((text.length / 4) * 3 - 2 > maxBytes) throw tooLarge(maxBytes, expression)
  const bytes = Buffer.from(text, 'base64')
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
