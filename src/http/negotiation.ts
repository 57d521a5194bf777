/**
 * Formats: FHIR JSON and XML in and out, documents as they are.
 * @see https://hl7.org/fhir/R4/http.html#mime-type
 */

import { isUtf8 } from 'node:buffer'
import { refusal } from '../fhir/fhir-error.ts'
import { isXmlType } from '../fhir/media-type.ts'
import type { Body } from '../interactions/input.ts'
import type { Wanted } from '../interactions/render.ts'

export const contentTypes = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
} as const satisfies Record<Wanted['format'], string>

export const FORM = 'application/x-www-form-urlencoded'

type TextFormat = Exclude<Body['format'], 'resource' | 'bytes'>

/** Content types of a body, as the parsers are registered; charset and fhirVersion are parameters of them. */
export const bodyFormats: ReadonlyMap<string, TextFormat> = new Map<string, TextFormat>([
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
  ['application/json-patch+json', 'json-patch'],
])

/** Names of the formats in `Accept` and `_format`. A space is a plus sign that was not percent-encoded. */
const formatNames: ReadonlyMap<string, Wanted['format']> = new Map<string, Wanted['format']>([
  ['application/fhir+json', 'json'],
  ['application/fhir json', 'json'],
  ['application/json', 'json'],
  ['application/json+fhir', 'json'],
  ['text/json', 'json'],
  ['json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/fhir xml', 'xml'],
  ['application/xml', 'xml'],
  ['application/xml+fhir', 'xml'],
  ['text/xml', 'xml'],
  ['xml', 'xml'],
])

/** @throws 406 when neither `_format` nor `Accept` leaves a format of FHIR R4 */
export function wantedFormat(accept: string | undefined, format: string | undefined): Wanted['format'] {
  if (format !== undefined) {
    const named = isOtherVersion(format) ? undefined : formatNames.get(mediaType(format))
    if (!named) throw notAcceptable()
    return named
  }
  if (accept === undefined || accept === '') return 'json'
  for (const { range, otherVersion } of ranges(accept)) {
    if (otherVersion) continue
    if (range === '*/*' || range === 'application/*') return 'json'
    const named = formatNames.get(range)
    if (named) return named
  }
  throw notAcceptable()
}

/** As `wantedFormat`, for what is about to be refused anyway: JSON when nothing else is understood. */
export function errorFormat(accept: string | undefined, format: string | undefined): Wanted['format'] {
  try {
    return wantedFormat(accept, format)
  } catch {
    return 'json'
  }
}

/** The format of a body. @throws 415 for a charset other than UTF-8, or another version of FHIR */
export function bodyFormat(contentType: string): TextFormat | undefined {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]
  if ((charset && !/^utf-?8$/i.test(charset)) || isOtherVersion(contentType)) throw unsupported()
  return bodyFormats.get(mediaType(contentType))
}

/** @throws FhirError 400 for bytes that are no UTF-8: a name must not be stored with its letters replaced */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw refusal('structure', 'encodage-invalide')
  const text = bytes.toString('utf8')
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

const BYTE_ORDER_MARK = 0xfeff

export function unsupported(formats: Iterable<string> = bodyFormats.keys()) {
  return refusal('unsupported-media-type', 'format-envoye', { params: { formats: [...formats].join(', ') } })
}

/**
 * What a document is served as (ITI-68): its own bytes when `Accept` names its type or nothing in particular, a Binary
 * when it names a FHIR format. An XML document asked for as application/xml or text/xml is the same document, and so is a CDA.
 */
export function documentForm(
  accept: string | undefined,
  format: string | undefined,
): (contentType: string) => 'bytes' | 'binary' {
  if (format !== undefined) {
    wantedFormat(undefined, format)
    return () => 'binary'
  }
  const wanted = accept === undefined || accept === '' ? [{ range: '*/*' }] : ranges(accept)
  return (contentType) => {
    for (const { range } of wanted) {
      if (range === 'application/fhir+json' || range === 'application/fhir+xml') return 'binary'
      if (covers(range, mediaType(contentType))) return 'bytes'
      if (formatNames.has(range)) return 'binary'
    }
    throw notAcceptable(contentType)
  }
}

/** Whether `_format`, or what `Accept` names first, is a table, where there is one beside the formats of FHIR. */
export function wantsTable(accept: string | undefined, format: string | undefined): boolean {
  if (format !== undefined) return ['csv', 'text/csv'].includes(mediaType(format))
  for (const { range, otherVersion } of ranges(accept ?? '')) {
    if (range === 'text/csv') return true
    if (range === '*/*' || range === 'application/*') return false
    if (formatNames.has(range) && !otherVersion) return false
  }
  return false
}

function covers(range: string, type: string): boolean {
  if (range === '*/*' || range === type) return true
  if (range.endsWith('/*')) return type.startsWith(range.slice(0, -1))
  return isXmlType(range) && isXmlType(type)
}

/** Media ranges by descending weight, in the order of the header among equals; those of weight 0 are left out. */
function ranges(accept: string): { readonly range: string; readonly otherVersion: boolean }[] {
  return accept
    .slice(0, 1000)
    .split(',')
    .map((part, order) => {
      const weight = /;\s*q=([\d.]+)/i.exec(part)?.[1]
      return {
        range: mediaType(part),
        otherVersion: isOtherVersion(part),
        weight: weight === undefined ? 1 : Number(weight),
        order,
      }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.order - b.order)
}

/** @see https://hl7.org/fhir/R4/http.html#version-parameter */
function isOtherVersion(text: string): boolean {
  const version = /;\s*fhirVersion\s*=\s*"?([\d.]+)/i.exec(text)?.[1]
  return version !== undefined && !/^4\.0(?:\.\d+)?$/.test(version)
}

function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase()
}

function notAcceptable(contentType?: string) {
  const fhir = 'application/fhir+json, application/fhir+xml'
  const formats = contentType === undefined ? fhir : `${fhir}, ${contentType}`
  return refusal('not-acceptable', 'format-demande', { params: { formats } })
}
