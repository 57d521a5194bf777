/**
 * The bytes of a document are those that were announced: hash, size, and the type their first bytes show.
 * Digests are passed in: nothing here computes one.
 *
 * NOT checked: that a file of the right kind is whole and harmless; types we have no signature for (DICOM, video) are
 * only kept from hiding one we know. FHIR documents are read elsewhere (fhir-header-of.ts).
 * @see https://hl7.org/fhir/R4/datatypes.html#Attachment; MHD ITI-65 §3.65.4.1.2 (size, hash, delayed assembly); D11
 */
import type { Attachment } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import { mediaTypeOf } from '../../fhir/media-type.ts'
import type { CdaBody } from '../cda/cda-tree.ts'

/** SHA-1 of nothing: with size 0 it says that the document will be assembled later (MHD), which we do not offer. */
const emptySha1 = '2jmj7l5rSw0yVb/vlWAYkK/YBwk='

/** What a patient may upload (rule D11). */
export const patientUpload = {
  maxBytes: 5 * 1024 * 1024,
  contentTypes: ['application/pdf', 'text/plain', 'text/rtf', 'application/rtf', 'image/jpeg', 'image/tiff'],
} as const

export type Digests = { readonly sha1Base64: string; readonly size: number }

/** @param expression as `DocumentReference.content[0].attachment` */
export function checkAnnouncedContent(
  attachment: Attachment,
  received: Digests,
  expression: string,
): Issue[] {
  const { hash, size } = attachment
  if (isDelayedAssembly(attachment)) {
    return [{ severity: 'error', type: 'not-supported', error: 'assemblage-differe', expression }]
  }
  const issues: Issue[] = []
  if (size !== undefined && size !== received.size) {
    const params = { announced: size, received: received.size }
    issues.push({
      severity: 'error',
      type: 'invalid',
      error: 'taille-fausse',
      params,
      expression: `${expression}.size`,
    })
  }
  if (hash !== undefined && !sameDigest(hash, received.sha1Base64)) {
    const params = { algorithm: 'SHA-1' }
    issues.push({
      severity: 'error',
      type: 'invalid',
      error: 'empreinte-fausse',
      params,
      expression: `${expression}.hash`,
    })
  }
  return issues
}

export function isDelayedAssembly({ size, hash }: Attachment): boolean {
  return size === 0 && hash !== undefined && sameDigest(hash, emptySha1)
}

const signatures: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['text/rtf', [0x7b, 0x5c, 0x72, 0x74, 0x66]],
]

/** The type that the first bytes show; `text/plain` when they are text of no other kind. */
export function sniffContentType(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte))
  if (known) return known[0]
  if (bytes.length === 0) return undefined
  const start = String.fromCharCode(...bytes.subarray(0, 512))
    .replace(/^ï»¿/, '')
    .trimStart()
  if (/^<(?:\?xml[\s?]|!--|!DOCTYPE\s|[A-Za-z_][\w.:-]*[\s/>])/.test(start)) {
    return /^<!DOCTYPE\s+html|^<(?:html|script|svg)[\s>]/i.test(start) ? 'text/html' : 'application/xml'
  }
  return isText(bytes) ? 'text/plain' : undefined
}

/** Spellings of one type; CDA is sent as either of the two of XML, or by its own. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['text/xml', 'application/xml'],
  ['application/hl7-cda+xml', 'application/xml'],
  ['application/rtf', 'text/rtf'],
  ['image/jpg', 'image/jpeg'],
])
const FHIR_JSON = 'application/fhir+json'
const recognised = new Set([...signatures.map(([type]) => type), 'application/xml', 'text/plain'])

/** RFC 6838 §4.2. */
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/** Without parameters, in one spelling. */
export function plainType(contentType: string | undefined): string {
  const declared = mediaTypeOf(contentType)
  return spellings.get(declared) ?? declared
}

/**
 * @param start the first bytes; a few hundred tell the type
 * @param isTextToItsEnd whether those behind them are text, when they are
 */
export function checkContentType(
  attachment: Attachment,
  start: Uint8Array,
  expression: string,
  isTextToItsEnd = true,
): Issue[] {
  const type = plainType(attachment.contentType)
  const begun = sniffContentType(start)
  const isFhirJson = begun === 'text/plain' && type !== FHIR_JSON && namesResource(start)
  const shown = isFhirJson ? FHIR_JSON : begun === 'text/plain' && !isTextToItsEnd ? undefined : begun
  // JSON, and whatever else is text, shows as plain text: only a type with a form of its own can be contradicted.
  const agrees = recognised.has(type)
    ? shown === type
    : mediaType.test(type) && (shown === undefined || shown === 'text/plain')
  const isFhir =
    (type === 'application/fhir+xml' && shown === 'application/xml') ||
    (type === FHIR_JSON && shown === 'text/plain' && isObject(start))
  if (isFhir || (agrees && !type.startsWith('application/fhir+'))) return []
  const announced = recognised.has(type) ? type : 'contentType'
  const params = {
    contentType: shown === undefined || shown === type ? announced : `${announced} ≠ ${shown}`,
  }
  return [
    {
      severity: 'error',
      type: 'invalid',
      error: 'contenu-inattendu',
      params,
      expression: `${expression}.contentType`,
    },
  ]
}

/**
 * The file inside an unstructured CDA is what its body says.
 * NOT checked: one of a type we have no signature for, or in another representation than base64.
 */
export function checkEmbeddedType(
  { kind, mediaType, representation, start = '' }: CdaBody,
  expression: string,
): Issue[] {
  const declared = (mediaType ?? '').trim().toLowerCase()
  const type = spellings.get(declared) ?? declared
  if (kind !== 'unstructured' || representation !== 'B64' || !recognised.has(type)) return []
  const whole = start.slice(0, start.length - (start.length % 4))
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(whole)
    ? Uint8Array.from(atob(whole), (c) => c.charCodeAt(0))
    : new Uint8Array(0)
  if (sniffContentType(bytes) === type) return []
  const params = { contentType: `${type} (nonXMLBody/text/@mediaType)` }
  return [{ severity: 'error', type: 'invalid', error: 'contenu-inattendu', params, expression, rule: 'D6' }]
}

/** As bytes: published examples write the last base64 character with padding bits that are not zero. */
function sameDigest(a: string, b: string): boolean {
  const bytes = decodeBase64(a)
  return bytes !== undefined && bytes === decodeBase64(b)
}

function decodeBase64(text: string): string | undefined {
  return text.length <= 64 && /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0
    ? atob(text)
    : undefined
}

/** No control character but those of line and page; any encoding whose letters are not control characters. */
export function isText(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d) return false
  }
  return true
}

function isObject(start: Uint8Array): boolean {
  return /^(?:ï»¿)?\s*\{/.test(latin1(start))
}

/** FHIR as JSON, by whatever name it comes: it is about a patient, and is read as what it is (D6) or not taken. */
function namesResource(start: Uint8Array): boolean {
  return /^(?:ï»¿)?\s*\{\s*(?:"[^"\\]*"\s*:\s*"[^"\\]*"\s*,\s*)*"resourceType"\s*:/.test(latin1(start))
}

function latin1(start: Uint8Array): string {
  return String.fromCharCode(...start.subarray(0, 512))
}
