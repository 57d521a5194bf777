/** What is bound to the places of a statement, where the driver would take longer to make the same. */

/** An array as the text of an array: the driver writes each element by two replacements and two calls. */
export function bindValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const elements: readonly unknown[] = value
  if (elements.length === 0) return '{}'
  if (elements.every((element) => typeof element === 'string')) return arrayOfTexts(elements)
  if (elements.every((element) => Number.isSafeInteger(element))) return `{${elements.join(',')}}`
  if (elements.every((element) => Buffer.isBuffer(element))) return arrayOfBytes(elements)
  return value
}

function arrayOfTexts(texts: readonly string[]): string {
  const joined = texts.join('","')
  const quotes = joined.split('"').length - 1
  if (quotes === 2 * (texts.length - 1) && !joined.includes('\\')) return `{"${joined}"}`
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}

function arrayOfBytes(all: readonly Buffer[]): string {
  return `{${all.map((bytes) => `"\\\\x${bytes.toString('hex')}"`).join(',')}}`
}
