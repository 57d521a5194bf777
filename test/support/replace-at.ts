/** Breaks parsed JSON at one place: for tests that must stand anything. */
import { isJsonObject, type JsonValue } from '../../src/fhir/json.ts'

/** A copy in which the n-th of all values (modulo their number) is another one. */
export function replaceAt(value: JsonValue, place: number, by: JsonValue): JsonValue {
  let count = 0
  const size = (v: JsonValue): number => {
    if (Array.isArray(v)) return 1 + v.reduce<number>((sum, item) => sum + size(item), 0)
    if (isJsonObject(v)) return 1 + Object.values(v).reduce<number>((sum, item) => sum + size(item), 0)
    return 1
  }
  const wanted = place % size(value)
  const copy = (v: JsonValue): JsonValue => {
    if (count++ === wanted) return by
    if (Array.isArray(v)) return v.map(copy)
    if (isJsonObject(v)) return Object.fromEntries(Object.entries(v).map(([key, item]) => [key, copy(item)]))
    return v
  }
  return copy(value)
}
