/**
 * The bytes of a CDA → an inert document, or why not. A document with a DOCTYPE is refused before it is parsed: there are no
 * entities but XML's own five. The parser of the browser loads nothing, and runs no script of what it has parsed.
 * @see https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#the-domparser-interface
 *
 * NOT checked: the CDA schema. The server has checked what it admits; what is shown here is shown as it stands.
 */
export type CdaXml = { readonly document: Document } | { readonly fault: 'tooLarge' | 'hasDtd' | 'notXml' }

const MAX_BYTES = 24 * 1024 * 1024
/** The page's policy names it: the only way from text to a document, and to an XML one alone. */
const policy = trustedXml()

export function parseCda(bytes: Uint8Array): CdaXml {
  if (bytes.length > MAX_BYTES) return { fault: 'tooLarge' }
  const text = decode(bytes)
  if (text === undefined) return { fault: 'notXml' }
  if (text.includes('<!DOCTYPE')) return { fault: 'hasDtd' }
  const document = new DOMParser().parseFromString(policy(text), 'application/xml')
  const failed = document.getElementsByTagNameNS('*', 'parsererror').length > 0
  return failed ? { fault: 'notXml' } : { document }
}

/** By its byte order mark, else as its declaration says, else UTF-8. Undefined for bytes that are no such text. */
function decode(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : undefined
  const label =
    mark ??
    /^[^<]{0,3}<\?xml[^>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(start)?.[1] ??
    'utf-8'
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch (cause) {
    // An encoding that there is not, or bytes that are not of it.
    if (cause instanceof RangeError || cause instanceof TypeError) return undefined
    throw cause
  }
}

type TrustedTypes = {
  createPolicy(
    name: string,
    rules: { createHTML(text: string): string },
  ): { createHTML(text: string): string }
}

/** Browsers without Trusted Types take the text as it is. */
function trustedXml(): (text: string) => string {
  const types: TrustedTypes | undefined = Reflect.get(globalThis, 'trustedTypes')
  const rules = types?.createPolicy('cda', { createHTML: (text) => text })
  return (text) => rules?.createHTML(text) ?? text
}
