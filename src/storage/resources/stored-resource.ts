/**
 * A resource as the table `resource` holds it, and a write of one. In the fhir profile everything lies under one key
 * (`NO_PATIENT`) and `id` is the logical id; in a record `id` is the own key of the resource, as the text of its UUID.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { JsonObject } from '../../fhir/json.ts'

export type Place = { readonly patientKey: Uuid; readonly type: string; readonly id: string }

export type WriteMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type StoredResource = Place & {
  readonly version: number
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  /** How this version came to be; DELETE: it is gone, and `body` is empty. */
  readonly method: WriteMethod
  /** JSON text, as it is served. */
  readonly body: string
}

/** The next version of a resource. */
export type ResourceWrite = Place & {
  /** The version that was read, whose place this one takes; 0 for a new resource. */
  readonly replaces: number
  readonly lastUpdated: number
  readonly method: WriteMethod
  readonly body: string
  /** What search finds it by; undefined for a deletion. */
  readonly resource: JsonObject | undefined
}
