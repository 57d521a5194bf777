/**
 * Values of date parameters.
 * @see https://hl7.org/fhir/R4/search.html#date (Period and Timing by their outer limits)
 */
import { type DateInterval, parseFhirDate, type Zone } from '../../fhir/date.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import type { Converter, ConverterTable } from './converter.ts'
import type { DateValue } from './index-values.ts'

const date: Converter<DateValue> = (value, place, out) => {
  const interval = intervalOf(value, place.zone)
  if (interval) out.push({ start: interval.start, end: interval.end })
}

const period: Converter<DateValue> = (value, place, out) => {
  const limits = periodLimits(value, place.zone)
  if (limits) out.push(limits)
}

/** From the first event or bound to the last; how it repeats in between does not matter. */
const timing: Converter<DateValue> = (value, place, out, resource) => {
  if (!isJsonObject(value)) return
  const { event, repeat } = value
  const parts: DateValue[] = []
  if (Array.isArray(event)) for (const item of event) date(item, place, parts, resource)
  const bounds = isJsonObject(repeat) ? periodLimits(repeat.boundsPeriod, place.zone) : undefined
  if (bounds) parts.push(bounds)
  if (parts.length === 0) return
  out.push({ start: Math.min(...parts.map((p) => p.start)), end: Math.max(...parts.map((p) => p.end)) })
}

function intervalOf(value: JsonValue | undefined, zone: Zone): DateInterval | undefined {
  return typeof value === 'string' ? parseFhirDate(value, zone) : undefined
}

function periodLimits(value: JsonValue | undefined, zone: Zone): DateValue | undefined {
  if (!isJsonObject(value)) return undefined
  const start = intervalOf(value.start, zone)
  const end = intervalOf(value.end, zone)
  if (!start && !end) return undefined
  return { start: start?.start ?? Number.NEGATIVE_INFINITY, end: end?.end ?? Number.POSITIVE_INFINITY }
}

export const dates: ConverterTable<DateValue> = {
  date,
  dateTime: date,
  instant: date,
  Period: period,
  Timing: timing,
  // occurrenceString, performedAge and the like: words and ages, no dates.
  string: 'none',
  Age: 'none',
  Range: 'none',
}
