/**
 * Whether two JSON values are the same, property order aside. How numbers compare is the caller's: by value
 * (`numericallyEqual`), or by their digits (`sameDigits`) where precision is part of the value.
 * @see https://hl7.org/fhir/R4/datatypes.html#decimal (precision) and RFC 6902 section 4.6
 */
import { Decimal, isJsonObject, type JsonValue } from './json.ts'

export type NumberComparison = (a: number | Decimal, b: number | Decimal) => boolean

export const sameDigits: NumberComparison = (a, b) => String(a) === String(b)

export function sameJson(a: JsonValue, b: JsonValue, sameNumber: NumberComparison): boolean {
  if (isNumber(a)) return isNumber(b) && sameNumber(a, b)
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => sameJson(item, b[i] ?? null, sameNumber))
  }
  if (!isJsonObject(a)) return a === b
  if (!isJsonObject(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => {
    const [mine, other] = [a[name], b[name]]
    return (
      mine !== undefined && other !== undefined && Object.hasOwn(b, name) && sameJson(mine, other, sameNumber)
    )
  })
}

function isNumber(value: JsonValue): value is number | Decimal {
  return typeof value === 'number' || value instanceof Decimal
}
