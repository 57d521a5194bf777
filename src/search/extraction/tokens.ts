/**
 * Values of token parameters.
 * @see https://hl7.org/fhir/R4/search.html#token (table of data types)
 */
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { type Converter, type ConverterTable, type Draft, textOf } from './converter.ts'
import type { TokenValue } from './index-values.ts'

type IdentifierType = NonNullable<TokenValue['identifierTypes']>[number]

const coding: Converter<TokenValue> = (value, _place, out) => {
  if (!isJsonObject(value)) return
  const token = draft(value.system, value.code, value.display)
  if (token.code !== undefined || token.text !== undefined) out.push(token)
}

const codeableConcept: Converter<TokenValue> = (value, place, out, resource) => {
  if (!isJsonObject(value)) return
  if (Array.isArray(value.coding)) for (const item of value.coding) coding(item, place, out, resource)
  const text = textOf(value.text)
  if (text !== undefined) out.push({ text })
}

const identifier: Converter<TokenValue> = (value, _place, out) => {
  if (!isJsonObject(value)) return
  const type = isJsonObject(value.type) ? value.type : undefined
  const token = draft(value.system, value.value, type?.text)
  if (token.code === undefined && token.system === undefined) return
  const identifierTypes = typeCodings(type?.coding)
  if (identifierTypes.length > 0) token.identifierTypes = identifierTypes
  out.push(token)
}

function draft(
  system: JsonValue | undefined,
  code: JsonValue | undefined,
  text: JsonValue | undefined,
): Draft<TokenValue> {
  const token: Draft<TokenValue> = {}
  if (typeof system === 'string' && system !== '') token.system = system
  if (typeof code === 'string' && code !== '') token.code = code
  if (typeof text === 'string' && text !== '') token.text = text
  return token
}

function typeCodings(codings: JsonValue | undefined): IdentifierType[] {
  const types: IdentifierType[] = []
  if (!Array.isArray(codings)) return types
  for (const item of codings) {
    if (!isJsonObject(item)) continue
    const { system, code } = draft(item.system, item.code, undefined)
    if (code !== undefined) types.push(system === undefined ? { code } : { system, code })
  }
  return types
}

const contactPoint: Converter<TokenValue> = (value, _place, out) => {
  const code = isJsonObject(value) ? textOf(value.value) : undefined
  if (code !== undefined) out.push({ code })
}

const code: Converter<TokenValue> = (value, place, out) => {
  const text = textOf(value)
  if (text !== undefined) out.push(draft(place.element?.binding?.systemOf(text), text, undefined))
}

const plain: Converter<TokenValue> = (value, _place, out) => {
  const text = textOf(value)
  if (text !== undefined) out.push({ code: text })
}

const boolean: Converter<TokenValue> = (value, _place, out) => {
  if (typeof value === 'boolean') out.push({ code: String(value) })
}

export const tokens: ConverterTable<TokenValue> = {
  Coding: coding,
  CodeableConcept: codeableConcept,
  Identifier: identifier,
  ContactPoint: contactPoint,
  code,
  boolean,
  id: plain,
  string: plain,
  uri: plain,
  // Group.characteristic.value: the parameter `value` is defined for concepts and booleans only.
  Quantity: 'none',
  Range: 'none',
  Reference: 'none',
}
