/**
 * Required bindings: the code must be of the value set. For a CodeableConcept at least one coding must be.
 * @see https://hl7.org/fhir/R4/terminologies.html#required
 *
 * Not checked: bindings that are extensible, preferred or examples; value sets whose codes are not in the definitions
 * (`Registry.valueSet(url).systems` is undefined: mime types, currencies, UCUM, LOINC LL379-9).
 */
import type { ValueSetCodes } from '../definitions/value-set-codes.ts'
import { isJsonObject, type JsonValue } from '../fhir/json.ts'

/** True also for types that carry no code. */
export function isBound(value: JsonValue, binding: ValueSetCodes): boolean {
  const { systems } = binding
  if (!systems) return true
  if (typeof value === 'string') {
    for (const codes of systems.values()) if (codes.has(value)) return true
    return false
  }
  if (!isJsonObject(value)) return true
  if (Array.isArray(value.coding)) return value.coding.some((coding) => isCodingOf(coding, systems))
  if ('code' in value) return isCodingOf(value, systems)
  // A concept without coding: text alone says nothing that can be of the value set, an extension may say why.
  return 'extension' in value && !('text' in value)
}

function isCodingOf(coding: JsonValue, systems: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  if (!isJsonObject(coding) || typeof coding.system !== 'string' || typeof coding.code !== 'string')
    return false
  return systems.get(coding.system)?.has(coding.code) === true
}
