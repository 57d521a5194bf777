/**
 * Converters turn one selected element into index values. Each parameter type has a table of them by data type; a data
 * type that is not in the table cannot be indexed, and the parameter is refused.
 */
import type { ElementDefinition } from '../../definitions/type-definition.ts'
import type { Zone } from '../../fhir/date.ts'
import { Decimal, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export type ConversionContext = {
  /** This server's FHIR base, without a trailing slash: absolute references to it are local ones. */
  readonly base: string
  /** For dates that name no zone. */
  readonly zone: Zone
}

export type ConversionPlace = ConversionContext & {
  readonly element: ElementDefinition | undefined
}

/** `resource` is the one that `#id` refers to. */
export type Converter<T> = (value: JsonValue, place: ConversionPlace, out: T[], resource: JsonObject) => void

/** `none`: a type that a choice allows and that has, by its nature, no value of this kind. */
export type ConverterTable<T> = Readonly<Record<string, Converter<T> | 'none'>>

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The same type with its properties writable, while a value is put together. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (!(value instanceof Decimal)) return undefined
  const number = Number(value.digits)
  return Number.isFinite(number) ? number : undefined
}
