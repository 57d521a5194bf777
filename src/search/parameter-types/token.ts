/**
 * `[system]|[code]`, `[code]`, `|[code]`, `[system]|`.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
import type { TokenValue } from '../search-expression.ts'
import { splitUnescaped, withoutEscapes } from './split.ts'

export function parseToken(text: string): TokenValue | undefined {
  const parts = splitUnescaped(text, '|').map(withoutEscapes)
  if (parts.length > 2) return undefined
  const [first = '', second] = parts
  if (second === undefined) return first === '' ? undefined : { code: first }
  if (second === '') return first === '' ? undefined : { system: first }
  return { system: first, code: second }
}
