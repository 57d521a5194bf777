/**
 * What the HTTP shell asks of whoever follows requests through the server (OpenTelemetry): to begin with one, to do its work
 * within it, and to end. Undefined where nobody follows them.
 * @see src/observability/otlp-spans.ts
 */
import type { AnsweredRequest } from './answered-request.ts'
import type { TraceParent } from './trace-parent.ts'

export type RequestSpan = {
  /** What is asked of the database, the store and the trace from within `work` belongs to it. */
  run<T>(work: () => T): T
  end(answered: AnsweredRequest): void
}

/** @param route the pattern; undefined: there is no such route */
export type BeginSpan = (
  method: string,
  route: string | undefined,
  parent: TraceParent | undefined,
) => RequestSpan
