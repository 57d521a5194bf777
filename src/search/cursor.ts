/**
 * Page cursors: where the last page ended, signed, bound to the search and to the caller. A cursor holds no right: the
 * scope is computed anew on each page.
 */
export type Position = {
  /** Sort value of the last entry, milliseconds since 1970. */
  readonly at: number
  /** Id of the last entry: the tiebreaker. */
  readonly id: string
}

/** Signs text; the same text and purpose give the same signature (HMAC-SHA-256, base64url). */
export type Sign = (text: string) => string

/** @param bound what the cursor belongs to: the search as understood, the patient, the caller */
export function writeCursor(position: Position, bound: string, sign: Sign): string {
  const body = `${position.at.toString(36)}~${position.id}`
  return `${body}~${sign(`${body}\n${bound}`)}`
}

/** The position, or undefined when this server did not give the cursor to this caller for this search. */
export function readCursor(cursor: string, bound: string, sign: Sign): Position | undefined {
  const parts = cursor.length <= 256 ? cursor.split('~') : []
  const [at, id, signature] = parts
  if (parts.length !== 3 || !at || !id || !signature) return undefined
  if (!sameText(signature, sign(`${at}~${id}\n${bound}`))) return undefined
  const milliseconds = Number.parseInt(at, 36)
  return Number.isSafeInteger(milliseconds) ? { at: milliseconds, id } : undefined
}

/** Compares without telling by its time where the first difference is. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1))
  return difference === 0
}
