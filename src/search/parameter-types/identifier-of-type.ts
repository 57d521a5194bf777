/**
 * `:of-type`: `[type system]|[type code]|[value]`, all three.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
import { splitUnescaped, withoutEscapes } from './split.ts'

export type IdentifierOfType = { readonly system: string; readonly code: string; readonly value: string }

export function parseIdentifierOfType(text: string): IdentifierOfType | undefined {
  const [system, code, value, ...rest] = splitUnescaped(text, '|').map(withoutEscapes)
  if (!system || !code || !value || rest.length > 0) return undefined
  return { system, code, value }
}
