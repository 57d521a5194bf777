/**
 * What an interaction gets of a request: the parts that are its business, free of HTTP. The entries of a batch are
 * requests like any other.
 */
import type { SetAside } from '../content/set-aside.ts'
import type { JsonObject } from '../fhir/json.ts'
import type { Pairs } from './query.ts'

/** A body as it came, or, for the entry of a Bundle, the resource in it. */
export type Body =
  | {
      readonly format: 'json' | 'xml' | 'json-patch'
      readonly text: string
      /** Contents that were taken out while it came; each has a placeholder in the text. */
      readonly setAside?: SetAside
    }
  | { readonly format: 'resource'; readonly resource: JsonObject }
  /** The content of a Binary, as it is. */
  | { readonly format: 'bytes'; readonly bytes: Buffer; readonly contentType: string }

export type Input = {
  /** Parts of the path; empty where the route has none. */
  readonly type: string
  readonly id: string
  readonly version: string
  /** Of the query and of a search form, in their order; `_format` and `_pretty` are left out. */
  readonly pairs: Pairs
  /** Undefined for an empty body. */
  readonly body: Body | undefined
  /** Preconditions, as the headers say them: https://hl7.org/fhir/R4/http.html#versions */
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
  readonly ifNoneExist?: string
  /** Which bytes of a document, and of which content: RFC 9110 §14.2, §13.1.5. Of a GET alone. */
  readonly range?: string
  readonly ifRange?: string
  /** How the bytes of a document are to be served (ITI-68). */
  readonly form: (contentType: string) => 'bytes' | 'binary'
}
