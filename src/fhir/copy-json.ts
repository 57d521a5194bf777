/** A deep copy of parsed JSON. Decimals are immutable and shared. */
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

export function copyJson(value: JsonObject): JsonObject
export function copyJson(value: JsonValue): JsonValue
export function copyJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => copyJson(item))
  if (!isJsonObject(value)) return value
  const copy: JsonObject = {}
  for (const [name, item] of Object.entries(value)) copy[name] = copyJson(item)
  return copy
}
