/**
 * What an answer means for what was sent: there, refused for good, to be tried again, or the token's fault.
 * @see docs/api.md "Answers"
 */
import { isJsonObject, type JsonObject, JsonSyntaxError, type JsonValue, parseJson } from '../../fhir/json.ts'
import type { Answer } from './connection.ts'
import type { Reason } from './item.ts'
import { retryAfterMs } from './pace.ts'

export type Verdict =
  | { readonly kind: 'there'; readonly places: readonly Place[] }
  | { readonly kind: 'refused'; readonly reasons: readonly [Reason, ...Reason[]] }
  /** The server is not able now. */
  | { readonly kind: 'hindered'; readonly retryAfterMs: number | undefined; readonly why: string }
  /** The server is able, and this request met something that may pass. */
  | { readonly kind: 'again'; readonly reasons: readonly [Reason, ...Reason[]] }
  | { readonly kind: 'unauthorised'; readonly reasons: readonly [Reason, ...Reason[]] }

/** `DocumentReference/[id]`, and whether this request put it there. */
export type Place = { readonly reference: string; readonly created: boolean }

const HINDERED = new Set([408, 425, 429, 502, 503, 504])
const MAX_REASONS = 50

export function readAnswer(answer: Answer, now: number): Verdict {
  const { status, headers } = answer
  const body = jsonOf(answer)
  if (status === 200 || status === 201) {
    const places = isJsonObject(body) && body.resourceType === 'Bundle' ? placesOf(body) : placeOf(answer)
    if (places) return { kind: 'there', places }
    return { kind: 'again', reasons: [{ code: `http-${status}`, text: 'an answer that is not understood' }] }
  }
  const reasons = reasonsOf(status, body)
  if (HINDERED.has(status)) {
    return { kind: 'hindered', retryAfterMs: retryAfterMs(headers['retry-after'], now), why: String(status) }
  }
  if (status === 401) return { kind: 'unauthorised', reasons }
  const passes = status >= 500 || reasons.some(({ code }) => code === 'conflit-concurrent')
  return { kind: passes ? 'again' : 'refused', reasons }
}

/** Of a transaction's response: its documents, in their order. */
function placesOf({ entry }: JsonObject): Place[] | undefined {
  if (!Array.isArray(entry)) return undefined
  return entry.flatMap((one) => {
    const response = isJsonObject(one) && isJsonObject(one.response) ? one.response : undefined
    const reference = referenceIn(response?.location)
    return reference ? [{ reference, created: String(response?.status).startsWith('201') }] : []
  })
}

function placeOf({ status, headers }: Answer): Place[] {
  const reference = referenceIn(headers.location)
  return [{ reference: reference ?? '', created: status === 201 }]
}

function referenceIn(location: JsonValue | undefined): string | undefined {
  return typeof location === 'string'
    ? /(?:^|\/)(DocumentReference\/[A-Za-z0-9.-]{1,64})(?:\/|$)/.exec(location)?.[1]
    : undefined
}

/** The server says of a patient without a record what it says of whatever is not there. */
const NO_RECORD = 'this patient has no record (TD0.2 tells; who may open one is told in docs/api.md)'

function reasonsOf(status: number, body: JsonValue | undefined): [Reason, ...Reason[]] {
  const issues = isJsonObject(body) && Array.isArray(body.issue) ? body.issue.slice(0, MAX_REASONS) : []
  const [first, ...rest] = issues.flatMap((issue) => {
    if (!isJsonObject(issue) || issue.severity === 'warning' || issue.severity === 'information') return []
    const details = isJsonObject(issue.details) ? issue.details : {}
    const [coding] = Array.isArray(details.coding) ? details.coding : []
    const code = isJsonObject(coding) && typeof coding.code === 'string' ? coding.code : `http-${status}`
    const expressions = Array.isArray(issue.expression) ? issue.expression : []
    const at = expressions.filter((e) => typeof e === 'string').join(', ')
    const said = printable(details.text ?? issue.diagnostics)
    const text = code === 'inconnu' && at.endsWith('.subject') ? `${said}: ${NO_RECORD}` : said
    return [{ code, text, ...(at ? { at: printable(at) } : {}) }]
  })
  return first ? [first, ...rest] : [{ code: `http-${status}`, text: `the server answered ${status}` }]
}

function printable(text: JsonValue | undefined): string {
  return typeof text === 'string' ? text.replace(/\p{Cc}+/gu, ' ').slice(0, 500) : ''
}

function jsonOf({ text, headers }: Answer): JsonValue | undefined {
  if (!headers['content-type']?.includes('json')) return undefined
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}
