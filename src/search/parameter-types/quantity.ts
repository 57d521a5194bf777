/**
 * `[prefix][number]`, `[number]|[system]|[code]`, `[number]||[code]`. Units are not converted.
 * @see https://hl7.org/fhir/R4/search.html#quantity
 */
import type { QuantityValue } from '../search-expression.ts'
import { parseNumber } from './number.ts'
import { splitUnescaped, withoutEscapes } from './split.ts'

export function parseQuantity(text: string): QuantityValue | undefined {
  const [first = '', ...unit] = splitUnescaped(text, '|')
  const number = parseNumber(first)
  if (!number || unit.length === 0) return number
  const [system = '', code = ''] = unit.map(withoutEscapes)
  if (unit.length !== 2) return undefined
  if (code === '') return system === '' ? number : undefined
  return system === '' ? { ...number, code } : { ...number, system, code }
}
