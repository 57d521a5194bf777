/**
 * The bytes of a document that a request asks for. One range is served; several at once, another unit, or what cannot be
 * read are answered with the whole, as a server may.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */

/** From `start` to before `end`. */
export type ByteRange = { readonly start: number; readonly end: number }

/** More digits than any document has bytes. */
const RANGE = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})$/i

export function parseByteRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = RANGE.exec(header ?? '') ?? []
  if (first === '') {
    if (last === '') return undefined
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
