/** What is bound to the places of a statement, where the driver would take longer to make the same. */

/** An array of texts as the text of an array: the driver writes each element by two replacements and a call. */
export function bindValue(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  if (value.length === 0) return '{}'
  if (!value.every((element) => typeof element === 'string')) return value
  const texts: readonly string[] = value
  const joined = texts.join('","')
  const quotes = joined.split('"').length - 1
  if (quotes === 2 * (texts.length - 1) && !joined.includes('\\')) return `{"${joined}"}`
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
