/**
 * Page cursors: where the last page ended, signed, bound to the search and to the caller. A cursor holds no right: the
 * scope is computed anew on each page.
 *
 * Texts in a position are short: storage sorts by the first characters of a text.
 */

/** Values of the sort keys of the last entry, null where it has none; then its type, when several are searched; its id. */
export type Position = readonly (string | number | null)[]

/** Signs text; the same text and purpose give the same signature (HMAC-SHA-256, base64url). */
export type Sign = (text: string) => string

const MAX_LENGTH = 4096
const MAX_PARTS = 16

/**
 * @param bound what the cursor belongs to: the search as understood, the patient, the caller
 * @throws for a position too long to be read again, which no search gives
 */
export function writeCursor(position: Position, bound: string, sign: Sign): string {
  const body = position.map(writePart).join('~')
  const cursor = `${body}~${sign(`${body}\n${bound}`)}`
  if (cursor.length > MAX_LENGTH || position.length > MAX_PARTS)
    throw new Error('A position beyond all bounds')
  return cursor
}

/** The position, or undefined when this server did not give the cursor to this caller for this search. */
export function readCursor(cursor: string, bound: string, sign: Sign): Position | undefined {
  if (cursor.length > MAX_LENGTH) return undefined
  const end = cursor.lastIndexOf('~')
  if (end < 0) return undefined
  const body = cursor.slice(0, end)
  if (!sameText(cursor.slice(end + 1), sign(`${body}\n${bound}`))) return undefined
  const position = body.split('~', MAX_PARTS + 1).map(readPart)
  return position.length <= MAX_PARTS && position.every((part) => part !== undefined) ? position : undefined
}

/** One letter for the kind, then letters, digits, `-` and `.`: nothing that a URL would write otherwise. */
function writePart(part: Position[number]): string {
  if (part === null) return 'n'
  if (typeof part === 'number') return `d${String(part).replace('+', '')}`
  return `s${part.replace(/[^A-Za-z0-9.-]/g, (character) => `_${character.charCodeAt(0).toString(36)}_`)}`
}

function readPart(text: string): Position[number] | undefined {
  const rest = text.slice(1)
  switch (text[0]) {
    case 'n':
      return rest === '' ? null : undefined
    case 'd': {
      const number = Number(rest)
      return rest === '' || Number.isNaN(number) ? undefined : number
    }
    case 's':
      return rest.replace(/_([0-9a-z]{1,4})_/g, (_all, code: string) =>
        String.fromCharCode(Number.parseInt(code, 36)),
      )
    default:
      return undefined
  }
}

/** Compares without telling by its time where the first difference is. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % (b.length || 1))
  return difference === 0
}
