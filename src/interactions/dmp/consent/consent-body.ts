/**
 * The text of a Consent as it is stored and served: what the client sent, with the server's id, version and time, and the
 * end that holds where the client said none.
 */
import { isJsonObject, type JsonObject, parseJson } from '../../../fhir/json.ts'
import { nextVersion } from '../../rest/write/next-version.ts'

export type ConsentBody = {
  /** What was sent, or an older version. */
  readonly resource: JsonObject
  readonly patient: string
  /** Logical id. */
  readonly id: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** Milliseconds since 1970, not included. */
  readonly until: number | undefined
  /** Of the version before, when there is one. */
  readonly dateTime: string | undefined
}

export function consentBody(body: ConsentBody): JsonObject {
  const { resource, patient, id, version, now, until, dateTime } = body
  const next: JsonObject = {
    ...nextVersion(resource, id, version, now),
    patient: { reference: patient },
    dateTime: resource.dateTime ?? dateTime ?? new Date(now).toISOString(),
  }
  return until === undefined ? next : { ...next, provision: withEnd(resource.provision, until) }
}

function withEnd(provision: JsonObject[string] | undefined, until: number): JsonObject {
  const known = isJsonObject(provision) ? provision : {}
  const period = isJsonObject(known.period) ? known.period : {}
  if (period.end !== undefined) return known
  // The end of a Period is included, to the millisecond that it names.
  return { ...known, period: { ...period, end: new Date(until - 1).toISOString() } }
}

/** A stored body; what is stored was a resource. */
export function storedBody(text: string): JsonObject {
  const body = parseJson(text)
  if (!isJsonObject(body)) throw new Error('A stored resource that is none')
  return body
}
