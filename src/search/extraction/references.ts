/**
 * Values of reference parameters: literal, logical, contained and canonical references. Nothing is resolved.
 * @see https://hl7.org/fhir/R4/search.html#reference
 */
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { parseReference } from '../../fhir/reference.ts'
import { referenceType } from '../path/reference-type.ts'
import { type ConversionPlace, type Converter, type ConverterTable, type Draft, textOf } from './converter.ts'
import type { ReferenceValue } from './index-values.ts'
import { splitCanonical } from './uris.ts'

const reference: Converter<ReferenceValue> = (value, place, out, resource) => {
  if (!isJsonObject(value)) return
  const found: Draft<ReferenceValue> = {}
  const known = setLiteral(found, textOf(value.reference), place)
  const identifier = logicalPart(value.identifier)
  if (identifier) found.identifier = identifier
  if (!known && !identifier) return
  const type = found.type ?? referenceType(value, resource)
  if (type !== undefined) found.type = type
  out.push(found)
}

/** Whether there is a literal reference of a known form. */
function setLiteral(found: Draft<ReferenceValue>, text: string | undefined, place: ConversionPlace): boolean {
  const parsed = text === undefined ? undefined : parseReference(text, place.base)
  switch (parsed?.kind) {
    case 'relative':
      found.type = parsed.type
      found.id = parsed.id
      if (parsed.version !== undefined) found.version = parsed.version
      return true
    case 'contained':
      found.fragment = parsed.id
      return true
    case 'urn':
      found.url = parsed.urn
      return true
    case 'absolute':
      found.url = parsed.url
      return true
    default:
      return false
  }
}

function logicalPart(identifier: JsonValue | undefined): ReferenceValue['identifier'] {
  if (!isJsonObject(identifier)) return undefined
  const value = textOf(identifier.value)
  const system = textOf(identifier.system)
  if (value === undefined) return undefined
  return system === undefined ? { value } : { system, value }
}

const canonical: Converter<ReferenceValue> = (value, _place, out) => {
  const text = textOf(value)
  if (text === undefined) return
  const { uri, version } = splitCanonical(text)
  if (text.startsWith('#')) out.push({ fragment: text.slice(1) })
  else out.push(version === undefined ? { url: uri } : { url: uri, version })
}

const uri: Converter<ReferenceValue> = (value, _place, out) => {
  const text = textOf(value)
  if (text !== undefined) out.push({ url: text })
}

export const references: ConverterTable<ReferenceValue> = {
  Reference: reference,
  canonical,
  uri,
  // Consent.sourceAttachment: the document itself, no reference to one.
  Attachment: 'none',
}
