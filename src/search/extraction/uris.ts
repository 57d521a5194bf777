/**
 * Values of uri parameters.
 * @see https://hl7.org/fhir/R4/search.html#uri and https://hl7.org/fhir/R4/references.html#canonical
 */
import { type Converter, type ConverterTable, textOf } from './converter.ts'
import type { UriValue } from './index-values.ts'

/** `url|version`; the version may be absent. */
export function splitCanonical(text: string): UriValue {
  const bar = text.indexOf('|')
  if (bar < 0) return { uri: text }
  const uri = text.slice(0, bar)
  const version = text.slice(bar + 1)
  return version === '' ? { uri } : { uri, version }
}

const uri: Converter<UriValue> = (value, _place, out) => {
  const text = textOf(value)
  if (text !== undefined) out.push({ uri: text })
}

const canonical: Converter<UriValue> = (value, _place, out) => {
  const text = textOf(value)
  if (text !== undefined) out.push(splitCanonical(text))
}

export const uris: ConverterTable<UriValue> = { uri, url: uri, canonical }
