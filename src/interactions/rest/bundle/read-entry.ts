/**
 * One entry of a batch or transaction: the request it is.
 * @see https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { Request } from '../rest-engine.ts'

export type BundleEntry = {
  /** Position in the Bundle, and so in the answer. */
  readonly index: number
  /** As `Bundle.entry[3]`. */
  readonly at: string
  readonly fullUrl: string | undefined
  readonly resource: JsonObject | undefined
  readonly request: Request
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const LONGEST_URL = 4000

/**
 * @param base this server's FHIR base: absolute URLs below it are taken for relative ones
 * @throws FhirError 400 naming what is missing or wrong
 */
export function readEntry(value: JsonValue, index: number, base: string): BundleEntry {
  const at = `Bundle.entry[${index}]`
  if (!isJsonObject(value) || !isJsonObject(value.request)) throw missing(`${at}.request`)
  const { fullUrl, resource, request } = value
  const { method, url } = request
  const known = METHODS.find((name) => name === method)
  if (!known) {
    throw refusal('not-supported', 'non-pris-en-charge', {
      params: { what: `request.method ∉ {${METHODS.join(', ')}}` },
      expression: `${at}.request.method`,
    })
  }
  if (typeof url !== 'string' || url === '') throw missing(`${at}.request.url`)
  if (url.length > LONGEST_URL) {
    const params = { what: 'request.url', limit: LONGEST_URL }
    throw refusal('invalid', 'trop-long', { type: 'too-long', params, expression: `${at}.request.url` })
  }
  const path = relative(url, base)
  if (known === 'POST' && path === '') {
    const params = { what: 'Bundle ⊂ Bundle' }
    throw refusal('not-supported', 'non-pris-en-charge', { params, expression: `${at}.request.url` })
  }
  return {
    index,
    at,
    fullUrl: typeof fullUrl === 'string' && fullUrl !== '' ? fullUrl : undefined,
    resource: isJsonObject(resource) ? resource : undefined,
    request: {
      method: known,
      url: path,
      body: isJsonObject(resource) ? { format: 'resource', resource } : undefined,
      ...textsOf(request),
    },
  }
}

const PRECONDITIONS = ['ifMatch', 'ifNoneMatch', 'ifModifiedSince', 'ifNoneExist'] as const

function textsOf(request: JsonObject): Partial<Record<(typeof PRECONDITIONS)[number], string>> {
  return Object.fromEntries(
    PRECONDITIONS.flatMap((name) => {
      const value = request[name]
      return typeof value === 'string' ? [[name, value] as const] : []
    }),
  )
}

function relative(url: string, base: string): string {
  const below = url.startsWith(base) ? url.slice(base.length) : url
  return below.startsWith('/') ? below.slice(1) : below
}

function missing(expression: string): Error {
  const name = expression.slice(expression.lastIndexOf('.') + 1)
  return refusal('required', 'element-requis', { params: { name }, expression })
}
