/**
 * One request on its way through the interactions: who asks, how, and the trace it will leave. No HTTP in it.
 */
import type { Trace } from '../audit/trace.ts'
import type { SetAside } from '../content/set-aside.ts'
import type { Language } from '../fhir/error-catalogue.ts'
import type { ServedText } from '../fhir/served-text.ts'

export type Exchange = {
  /** Who asks, as far as every profile knows it. `key` binds page cursors to the caller. */
  readonly caller: { readonly key: string }
  readonly language: Language
  /** Milliseconds since 1970. */
  readonly now: number
  readonly trace: Trace
  readonly handling: 'strict' | 'lenient'
  /** What the client wants back of what it writes; undefined when it did not say. */
  readonly prefer: 'minimal' | 'representation' | 'OperationOutcome' | undefined
  /** What was taken out of the body (`Body.setAside`): none of its placeholders may be stored. */
  readonly setAside?: SetAside
}

/** Bytes that are fetched while they are sent. Left unread, they hold nothing. */
export type StreamedBytes = { readonly length: number; readonly chunks: AsyncIterable<Buffer> }

/** The same where nobody knows yet how many there will be. */
export type StreamedParts = { readonly chunks: AsyncIterable<Buffer> }

/** What an interaction answers: texts ready to be sent. */
export type Answer = {
  readonly status: number
  /** FHIR JSON as text, or the bytes of a document. */
  readonly body?: string | ServedText | Buffer | StreamedBytes | StreamedParts
  /** What stands in `body`, a text, where `mark` does: as base64, and in whatever format the text is sent. */
  readonly embedded?: { readonly mark: string; readonly bytes: StreamedBytes }
  /** Left out: the FHIR format that was negotiated. */
  readonly contentType?: string
  readonly etag?: string
  /** Milliseconds since 1970. */
  readonly lastModified?: number
  /** Relative to the FHIR base: `DocumentReference/…`. */
  readonly location?: string
  readonly headers?: Readonly<Record<string, string>>
}
