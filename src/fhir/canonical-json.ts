/**
 * The one text of a JSON value, whoever wrote it and however: for digests and signatures that others can make again.
 * @see https://www.rfc-editor.org/rfc/rfc8785 (JSON Canonicalization Scheme)
 *
 * A decimal is written as the number a JavaScript program reads in it (§3.2.2.3), so that any implementation of the scheme
 * comes to the same text: `1.00` and `1.0` are one here. Whoever must tell them apart takes a digest of the text itself.
 * A number beyond all doubles, which the scheme does not know, keeps its digits.
 */
import { Decimal, type JsonValue, parseJson } from './json.ts'

export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'number') return canonicalNumber(value)
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Decimal) {
    const number = Number(value.digits)
    return Number.isFinite(number) ? JSON.stringify(number) : value.digits
  }
  let text = ''
  for (const key of inOrder(Object.keys(value))) {
    const member = value[key]
    if (member !== undefined) text += `${text && ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/**
 * Keys in the order of their UTF-16 units (§3.2.3), which is how JavaScript compares. By insertion while they are few: the
 * sort of the language is made for long lists. Of many, that others have sent, it takes no square of the time.
 */
function inOrder(keys: string[]): string[] {
  if (keys.length > 20) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ''
    let at = i
    for (let before = keys[at - 1]; before !== undefined && before > key; before = keys[at - 1]) {
      keys[at] = before
      at--
    }
    keys[at] = key
  }
  return keys
}

/** What JSON writes otherwise than it is (§3.2.2.2), lone surrogates among it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these inside strings
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/

/** Most strings are written as they are: three times as fast as to ask. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** The same of a text. @throws JsonSyntaxError for one that is no JSON */
export function canonicalText(text: string): string {
  try {
    // The parser of the language, which is faster, knows doubles alone: the scheme does too.
    const value: JsonValue = JSON.parse(text)
    return canonicalJson(value)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BeyondDoubles) return canonicalJson(parseJson(text))
    throw error
  }
}

class BeyondDoubles extends Error {}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new BeyondDoubles()
  return JSON.stringify(value)
}
