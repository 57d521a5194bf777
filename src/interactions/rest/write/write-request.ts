/**
 * A write, understood: what a request of its own asks, or an entry of a transaction. The form of it has been checked;
 * nothing has been looked up.
 * @see https://hl7.org/fhir/R4/http.html#create, #update, #patch, #delete
 */
import type { JsonObject, JsonValue } from '../../../fhir/json.ts'
import type { Pairs } from '../../query.ts'

export type Patch =
  | { readonly kind: 'json'; readonly operations: JsonValue }
  | { readonly kind: 'fhirpath'; readonly parameters: JsonObject }

export type Change =
  | { readonly method: 'POST' | 'PUT'; readonly resource: JsonObject }
  | { readonly method: 'PATCH'; readonly patch: Patch }
  | { readonly method: 'DELETE' }

export type WriteRequest = {
  readonly type: string
  /** The id in the URL; undefined for a create, and where a condition stands for it. */
  readonly id?: string
  /** The query of the URL, or If-None-Exist. */
  readonly condition?: Pairs
  readonly change: Change
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
  /** Where it stands in a Bundle, as `Bundle.entry[3]`; absent: a request of its own. */
  readonly at?: string
}
