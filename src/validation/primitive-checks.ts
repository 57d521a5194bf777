/**
 * Whether a JSON value is a value of a primitive type. Every expression runs in time linear in the text.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 *
 * Not checked: that a url, canonical or oid leads anywhere, and fractions of a second beyond nine digits (refused).
 */
import { parseFhirDate } from '../fhir/date.ts'
import { Decimal, type JsonValue } from '../fhir/json.ts'
import { isDisplayXhtml } from './narrative.ts'

export type PrimitiveCheck = (value: JsonValue) => boolean

/** FHIR: strings SHALL NOT exceed 1 MB. */
const longestString = 1_048_576
const longestDecimal = 100

/** What FHIR forbids in strings, and what XML cannot hold: half a surrogate pair, U+FFFE and U+FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones refused
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/u
const CODE = /^[^\s]+(?:\s[^\s]+)*$/
const ID = /^[A-Za-z0-9\-.]{1,64}$/
const URI = /^\S+$/
const OID = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/
const UUID = /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const DATE = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?$/

const smallestInteger = -2_147_483_648
const largestInteger = 2_147_483_647

function isText(value: JsonValue): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestString && !FORBIDDEN.test(value)
}

function matches(pattern: RegExp): PrimitiveCheck {
  return (value) => isText(value) && pattern.test(value)
}

function isBase64(value: JsonValue): boolean {
  if (typeof value !== 'string') return false
  const packed = /\s/.test(value) ? value.replace(/\s+/g, '') : value
  return packed.length % 4 === 0 && BASE64.test(packed)
}

/** A number written with a dot or an exponent arrives as Decimal: no integer. */
function integerFrom(lowest: number): PrimitiveCheck {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= largestInteger
}

function isInstant(value: JsonValue): boolean {
  return typeof value === 'string' && INSTANT.test(value) && parseFhirDate(value) !== undefined
}

function isDate(value: JsonValue): boolean {
  return typeof value === 'string' && DATE.test(value) && parseFhirDate(value) !== undefined
}

export const primitiveChecks: Readonly<Record<string, PrimitiveCheck>> = {
  base64Binary: isBase64,
  boolean: (value) => typeof value === 'boolean',
  canonical: matches(URI),
  code: matches(CODE),
  date: isDate,
  dateTime: (value) => isDate(value) || isInstant(value),
  decimal: (value) =>
    typeof value === 'number' || (value instanceof Decimal && value.digits.length <= longestDecimal),
  id: matches(ID),
  instant: isInstant,
  integer: integerFrom(smallestInteger),
  markdown: isText,
  oid: matches(OID),
  positiveInt: integerFrom(1),
  string: isText,
  time: matches(TIME),
  unsignedInt: integerFrom(0),
  uri: matches(URI),
  url: matches(URI),
  uuid: matches(UUID),
  xhtml: (value) => isText(value) && isDisplayXhtml(value),
}
