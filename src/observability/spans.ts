/**
 * What follows requests on their way (OpenTelemetry), as the rest of the server sees it: a span within the one under way, or
 * nothing. Whatever is told of a span is of a closed set: names of statements and steps, numbers, codes.
 */
import type { BeginSpan } from '../http/request-spans.ts'

export type SpanAttributes = Readonly<Record<string, string | number>>

export type Spans = {
  readonly beginRequest: BeginSpan
  /** Does `work` in a span of its own, if a request is under way that is followed; else just does it. */
  within<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T>
  /** A moment in the span under way. */
  event(name: string): void
  /** What is not sent yet is sent. */
  close(): Promise<void>
}
