/**
 * The bytes of a document in the page: a PDF in a frame, an image, a text. The type that is announced is believed only where
 * the first bytes agree, and no file is ever given to the browser as a page of HTML.
 */
import { filled, inLanguage, type Language } from '../../words.ts'
import { element } from '../frame/element.ts'
import { cdaWords } from './cda-words.ts'

const MAX_TEXT = 300_000
const MAX_IMAGE_BYTES = 12 * 1024 * 1024

const signatures = {
  'application/pdf': [[0x25, 0x50, 0x44, 0x46, 0x2d]],
  'image/jpeg': [[0xff, 0xd8, 0xff]],
  'image/png': [[0x89, 0x50, 0x4e, 0x47]],
  'image/gif': [[0x47, 0x49, 0x46, 0x38]],
} as const satisfies Readonly<Record<string, readonly (readonly number[])[]>>

type ShownType = keyof typeof signatures

/** Blob addresses that a view has made: to be given back when it goes. */
export class BlobAddresses {
  readonly #made: string[] = []

  of(bytes: Uint8Array<ArrayBuffer>, type: string): string {
    const url = URL.createObjectURL(new Blob([bytes], { type }))
    this.#made.push(url)
    return url
  }

  giveBack(): void {
    for (const url of this.#made.splice(0)) URL.revokeObjectURL(url)
  }
}

export function contentView(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
  language: Language,
  addresses: BlobAddresses,
): HTMLElement {
  const words = inLanguage(cdaWords, language)
  if (mediaType === 'text/plain') return textView(bytes, words.cut)
  if (!isShown(mediaType)) return note(filled(words.notShown, { type: mediaType || '?' }))
  if (!agrees(bytes, mediaType)) return note(filled(words.contradicts, { type: mediaType }))
  if (mediaType !== 'application/pdf') {
    return bytes.length > MAX_IMAGE_BYTES
      ? note(words.tooLarge)
      : element('img', { class: 'scan', src: dataAddress(bytes, mediaType), alt: words.image })
  }
  if (!navigator.pdfViewerEnabled) return note(words.noPdfViewer)
  return element('iframe', {
    class: 'pdf',
    title: words.pdf,
    src: `${addresses.of(bytes, 'application/pdf')}#navpanes=0`,
  })
}

/** The file as it is, under a name; as bytes, so that no browser opens it instead. */
export function downloadLink(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  language: Language,
  addresses: BlobAddresses,
): HTMLElement {
  const href = addresses.of(bytes, 'application/octet-stream')
  return element('a', { href, download: name, class: 'button' }, cdaWords.download[language])
}

/** An image of a CDA, or undefined when it is none that may be shown. */
export function embeddedImage(base64: string, mediaType: string, alt: string): HTMLElement | undefined {
  if (!isShown(mediaType) || mediaType === 'application/pdf') return undefined
  const bytes = bytesOfBase64(base64)
  if (!bytes || bytes.length > MAX_IMAGE_BYTES || !agrees(bytes, mediaType)) return undefined
  return element('img', { src: dataAddress(bytes, mediaType), alt })
}

/** Undefined for what is no base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string
  try {
    binary = atob(text.replace(/\s+/g, ''))
  } catch (cause) {
    if (cause instanceof DOMException) return undefined
    throw cause
  }
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

function dataAddress(bytes: Uint8Array, mediaType: ShownType): string {
  const pieces: string[] = []
  for (let i = 0; i < bytes.length; i += 8_192)
    pieces.push(String.fromCharCode(...bytes.subarray(i, i + 8_192)))
  return `data:${mediaType};base64,${btoa(pieces.join(''))}`
}

function isShown(mediaType: string): mediaType is ShownType {
  return Object.hasOwn(signatures, mediaType)
}

function agrees(bytes: Uint8Array, mediaType: ShownType): boolean {
  return signatures[mediaType].some((signature) => signature.every((byte, i) => bytes[i] === byte))
}

function textView(bytes: Uint8Array, cut: string): HTMLElement {
  const text = new TextDecoder().decode(bytes)
  const shown = element('pre', { class: 'plain', tabindex: '0' }, text.slice(0, MAX_TEXT))
  return text.length > MAX_TEXT ? element('div', {}, shown, note(cut)) : shown
}

function note(text: string): HTMLElement {
  return element('p', { class: 'note' }, text)
}
