/**
 * A prefix and a date, dateTime or instant: a half-open range on the time line.
 * @see https://hl7.org/fhir/R4/search.html#date and #prefix
 */
import { parseFhirDate, type Zone } from '../../fhir/date.ts'
import type { DateValue } from '../search-expression.ts'
import { splitPrefix } from './prefix.ts'
import { withoutEscapes } from './split.ts'

/** @param zone of a date that names none */
export function parseDate(text: string, zone: Zone): DateValue | undefined {
  const { prefix, rest } = splitPrefix(withoutEscapes(text))
  // A plus sign that was not percent-encoded arrives as a space.
  const range = parseFhirDate(rest.replace(/ (?=\d\d:\d\d$)/, '+'), zone)
  return range && { prefix, start: range.start, end: range.end }
}
