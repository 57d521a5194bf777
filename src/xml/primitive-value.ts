/**
 * The `value` attribute of a primitive and its JSON value.
 * @see https://hl7.org/fhir/R4/json.html#primitive and https://hl7.org/fhir/R4/xml.html
 */
import { Decimal, type JsonValue, parseNumber } from '../fhir/json.ts'

type Spelling = 'number' | 'boolean' | 'string'

const spellings: Readonly<Record<string, Spelling>> = {
  boolean: 'boolean',
  decimal: 'number',
  integer: 'number',
  positiveInt: 'number',
  unsignedInt: 'number',
}

/** What is no number or boolean stays text: the validator then says so of the element, as it does for JSON. */
export function readPrimitive(type: string, text: string): string | number | boolean | Decimal {
  switch (spellings[type]) {
    case 'number':
      return parseNumber(text) ?? text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    default:
      return text
  }
}

/** Undefined when it is no value of this type that XML can hold so that it is read back as the same. */
export function writePrimitive(type: string, value: JsonValue): string | undefined {
  switch (spellings[type]) {
    case 'number':
      if (value instanceof Decimal) return value.digits
      return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined
    default:
      return typeof value === 'string' && value !== '' ? value : undefined
  }
}
