/**
 * `fixed[x]`: the same value, nothing more. `pattern[x]`: at least what the pattern holds.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { compareNumbers, isNumber } from '../../fhirpath/decimal-arithmetic.ts'

export function isFixed(value: JsonValue | undefined, fixed: JsonValue): boolean {
  if (Array.isArray(fixed)) {
    if (!Array.isArray(value) || value.length !== fixed.length) return false
    return fixed.every((item, i) => isFixed(value[i], item))
  }
  if (isJsonObject(fixed)) {
    if (!isJsonObject(value) || Object.keys(value).length !== Object.keys(fixed).length) return false
    return Object.entries(fixed).every(([key, item]) => isFixed(value[key], item))
  }
  return sameScalar(value, fixed)
}

export function hasPattern(value: JsonValue | undefined, pattern: JsonValue): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((item) => value.some((other) => hasPattern(other, item)))
  }
  if (isJsonObject(pattern)) {
    if (!isJsonObject(value)) return false
    return Object.entries(pattern).every(([key, item]) => hasPattern(value[key], item))
  }
  return sameScalar(value, pattern)
}

function sameScalar(value: JsonValue | undefined, other: JsonValue): boolean {
  if (isNumber(value) && isNumber(other)) return compareNumbers(value, other) === 0
  return value === other
}
