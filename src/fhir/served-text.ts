/**
 * Texts that are handed on without being read. What the database stores as UTF-8 leaves as UTF-8: it is made a string for
 * those alone who look into it.
 */

/** A string, or its bytes in UTF-8. */
export type StoredText = string | Uint8Array

/** One text, put together of such in their order. */
export type ServedText = { readonly parts: readonly StoredText[] }

export function isText(body: object | string | undefined): body is string | ServedText {
  return typeof body === 'string' || (body !== undefined && 'parts' in body)
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export function textOf(stored: StoredText | ServedText): string {
  if (typeof stored === 'string') return stored
  return 'parts' in stored ? stored.parts.map(textOf).join('') : utf8.decode(stored)
}
