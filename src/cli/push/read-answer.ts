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
export type Place = {
  readonly reference: string
  readonly created: boolean
  /** Why it is there, and not as it was sent: without a label that hides it. */
  readonly otherwise: readonly Reason[]
}

const HINDERED = new Set([408, 425, 429, 502, 503, 504])
const MAX_REASONS = 50

export function readAnswer(answer: Answer, now: number): Verdict {
  const { status, headers } = answer
  const body = jsonOf(answer)
  if (status === 200 || status === 201) {
    const places =
      isJsonObject(body) && body.resourceType === 'Bundle' ? placesOf(body) : placeOf(answer, body)
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
    if (!reference) return []
    const created = String(response?.status).startsWith('201')
    return [{ reference, created, otherwise: otherwiseIn(response?.outcome) }]
  })
}

function placeOf({ status, headers }: Answer, body: JsonValue | undefined): Place[] {
  const reference = referenceIn(headers.location)
  return [{ reference: reference ?? '', created: status === 201, otherwise: otherwiseIn(body) }]
}

function otherwiseIn(outcome: JsonValue | undefined): Reason[] {
  return issuesOf(outcome)
    .map(reasonOf)
    .filter(({ code }) => code === 'etiquette-non-posee')
}

function referenceIn(location: JsonValue | undefined): string | undefined {
  return typeof location === 'string'
    ? /(?:^|\/)(DocumentReference\/[A-Za-z0-9.-]{1,64})(?:\/|$)/.exec(location)?.[1]
    : undefined
}

/** The server says of a patient without a record what it says of whatever is not there. */
const NO_RECORD = 'this patient has no record (TD0.2 tells; who may open one is told in docs/api.md)'

function reasonsOf(status: number, body: JsonValue | undefined): [Reason, ...Reason[]] {
  const [first, ...rest] = issuesOf(body)
    .filter(({ severity }) => severity !== 'warning' && severity !== 'information')
    .map(reasonOf)
    .map(({ code, text, at }) => ({
      code: code === '' ? `http-${status}` : code,
      text: code === 'inconnu' && at?.endsWith('.subject') ? `${text}: ${NO_RECORD}` : text,
      ...(at ? { at } : {}),
    }))
  return first ? [first, ...rest] : [{ code: `http-${status}`, text: `the server answered ${status}` }]
}

function issuesOf(outcome: JsonValue | undefined): JsonObject[] {
  const issues = isJsonObject(outcome) && Array.isArray(outcome.issue) ? outcome.issue : []
  return issues.slice(0, MAX_REASONS).filter(isJsonObject)
}

/** The code is empty when the issue has none. */
function reasonOf(issue: JsonObject): Reason {
  const details = isJsonObject(issue.details) ? issue.details : {}
  const [coding] = Array.isArray(details.coding) ? details.coding : []
  const code = isJsonObject(coding) && typeof coding.code === 'string' ? coding.code : ''
  const expressions = Array.isArray(issue.expression) ? issue.expression : []
  const at = expressions.filter((e) => typeof e === 'string').join(', ')
  const text = printable(details.text ?? issue.diagnostics)
  return { code, text, ...(at ? { at: printable(at) } : {}) }
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
