/**
 * Formats: FHIR JSON in and out; FHIR XML is not built yet and is refused as such.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */
import { refusal } from '../fhir/fhir-error.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

/** Content types of a body, as the parsers are registered; charset and fhirVersion are parameters of them. */
export const bodyTypes = ['application/fhir+json', 'application/json'] as const

const JSON_NAMES: ReadonlySet<string> = new Set([
  'application/fhir+json',
  'application/json',
  'text/json',
  'json',
])

/** @throws 406 when neither `_format` nor `Accept` leaves FHIR JSON */
export function requireFhirJson(accept: string | undefined, format: string | undefined): void {
  if (format !== undefined) {
    if (!JSON_NAMES.has(mediaType(format))) throw notAcceptable()
    return
  }
  if (accept !== undefined && !ranges(accept).some(isJson)) throw notAcceptable()
}

/**
 * What a document is served as (ITI-68): its own bytes when `Accept` names its type or nothing in particular, a Binary
 * when it names FHIR JSON. An XML document asked for as application/xml or text/xml is the same document.
 */
export function documentForm(
  accept: string | undefined,
  format: string | undefined,
): (contentType: string) => 'bytes' | 'binary' {
  if (format !== undefined) {
    if (!JSON_NAMES.has(mediaType(format))) throw notAcceptable()
    return () => 'binary'
  }
  const wanted = accept === undefined ? ['*/*'] : ranges(accept)
  return (contentType) => {
    for (const range of wanted) {
      if (range === 'application/fhir+json') return 'binary'
      if (covers(range, mediaType(contentType))) return 'bytes'
      if (JSON_NAMES.has(range)) return 'binary'
    }
    throw notAcceptable(contentType)
  }
}

function isJson(range: string): boolean {
  return range === '*/*' || range === 'application/*' || JSON_NAMES.has(range)
}

function covers(range: string, type: string): boolean {
  if (range === '*/*' || range === type) return true
  if (range.endsWith('/*')) return type.startsWith(range.slice(0, -1))
  const xml = ['application/xml', 'text/xml']
  return xml.includes(range) && xml.includes(type)
}

/** Media ranges by descending weight, in the order of the header among equals; those of weight 0 are left out. */
function ranges(accept: string): string[] {
  return accept
    .slice(0, 1000)
    .split(',')
    .map((part, order) => {
      const weight = /;\s*q=([\d.]+)/i.exec(part)?.[1]
      return { range: mediaType(part), weight: weight === undefined ? 1 : Number(weight), order }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.order - b.order)
    .map(({ range }) => range)
}

function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase()
}

function notAcceptable(contentType?: string) {
  const formats =
    contentType === undefined ? 'application/fhir+json' : `application/fhir+json, ${contentType}`
  return refusal('not-acceptable', 'format-demande', { params: { formats } })
}
