/**
 * JSON Pointer: the way to a value inside a JSON document.
 * @see RFC 6901
 */

/** No resource is nested deeper than its parser allows: a longer pointer leads nowhere. */
export const maxPointerDepth = 64

const BROKEN_ESCAPE = /~(?![01])/

/** The keys from the root, unescaped; undefined when the text is no pointer. `''` is the document itself. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return []
  if (!text.startsWith('/') || BROKEN_ESCAPE.test(text)) return undefined
  const keys = text.slice(1).split('/')
  if (keys.length > maxPointerDepth) return undefined
  // ~1 first: ~01 is the escaped form of ~1, not of a slash.
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}
