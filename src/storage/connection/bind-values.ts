/** What is bound to the places of a statement: texts and bytes, as the wire has them. */

export type BoundValue = string | Buffer | null

/** @throws TypeError for what no statement of ours has: a Date, an object */
export function bindValue(value: unknown): BoundValue {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return arrayText(value)
  if (isPlain(value)) return String(value)
  throw new TypeError('A value that cannot be bound')
}

function isPlain(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}

/** An array as the text of an array. @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export function arrayText(elements: readonly unknown[]): string {
  if (elements.length === 0) return '{}'
  if (elements.every((element) => typeof element === 'string')) return arrayOfTexts(elements)
  return `{${elements.map(elementText).join(',')}}`
}

function arrayOfTexts(texts: readonly string[]): string {
  const joined = texts.join('","')
  const quotes = joined.split('"').length - 1
  if (quotes === 2 * (texts.length - 1) && !joined.includes('\\')) return `{"${joined}"}`
  return `{${texts.map(quoted).join(',')}}`
}

function elementText(element: unknown): string {
  if (element === null || element === undefined) return 'NULL'
  if (typeof element === 'string') return quoted(element)
  if (Buffer.isBuffer(element)) return `"\\\\x${element.toString('hex')}"`
  if (isPlain(element)) return String(element)
  throw new TypeError('An element that cannot be bound')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
