/**
 * HL7 v3 timestamps (`20210401171000+0100`) → FHIR dates, losing precision rather than guessing it.
 * @see HL7 v3 datatypes TS; https://hl7.org/fhir/R4/datatypes.html#dateTime
 */
import { parseFhirDate } from '../../fhir/date.ts'

const timestamp =
  /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/

/**
 * A dateTime of FHIR, or undefined when the text is no timestamp or no real date. A time without an offset from UTC
 * becomes its day: FHIR wants the offset, and France has two in a year.
 */
export function cdaDateTime(text: string): string | undefined {
  const match = timestamp.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '00', fraction, offset] = match
  const date = [year, month, day].filter((part) => part !== undefined).join('-')
  const zone = offset && `${offset.slice(0, 3)}:${offset.slice(3)}`
  const time = `T${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}${zone}`
  const written = hour === undefined || minute === undefined || !zone ? date : date + time
  return parseFhirDate(written) ? written : undefined
}

/** Day of birth; what follows the day is left out. */
export function cdaDate(text: string): string | undefined {
  return cdaDateTime(/^\d{8}/.exec(text)?.[0] ?? text)
}

/** Whether a dateTime is exact enough to be an instant. */
export function isInstant(dateTime: string): boolean {
  const precision = parseFhirDate(dateTime)?.precision
  return precision === 'second' || precision === 'millisecond'
}
