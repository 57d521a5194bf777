/**
 * A prefix and a date, dateTime or instant: a half-open range on the time line.
 * @see https://hl7.org/fhir/R4/search.html#date and #prefix
 */
import { parseFhirDate } from '../../fhir/date.ts'
import { parisTime } from '../../fhir/paris-time.ts'
import type { DatePrefix, DateValue } from '../search-expression.ts'

const PREFIXES: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'])

export function parseDate(text: string): DateValue | undefined {
  const two = text.slice(0, 2)
  const prefixed = isPrefix(two)
  // A plus sign that was not percent-encoded arrives as a space.
  const date = (prefixed ? text.slice(2) : text).replace(/ (?=\d\d:\d\d$)/, '+')
  const range = parseFhirDate(date, parisTime)
  return range && { prefix: prefixed ? two : 'eq', start: range.start, end: range.end }
}

function isPrefix(text: string): text is DatePrefix {
  return PREFIXES.has(text)
}
