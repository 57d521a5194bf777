/**
 * Spans by OpenTelemetry, sent to a collector over OTLP/HTTP. Loaded only where OTEL_EXPORTER_OTLP_ENDPOINT names one: its
 * packages cost start-up and memory, and each span some microseconds.
 *
 * A request's span has the trace of its `traceparent`. Whether it is followed depends on the id of that trace and our own
 * ratio alone: a client cannot switch it on for all of its requests, and servers with one ratio follow the same ones. What a
 * span says is its route, codes and numbers; no address, header, value or name (rule I4).
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and …/database/database-spans/
 *
 * NOT done: `tracestate`; `traceparent` in what the server itself sends (notifications, object store, issuers).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace as traces,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { AnsweredRequest } from '../http/answered-request.ts'
import type { RequestSpan } from '../http/request-spans.ts'
import type { TraceParent } from '../http/trace-parent.ts'
import type { Spans } from './spans.ts'

export type OtlpSettings = {
  /** Of the traces: ends in `/v1/traces`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** From 0 to 1. */
  readonly ratio: number
}

const EXPORT_MS = 5_000
const TELL_EVERY_MS = 60_000
/** Beyond these spans are dropped: memory is bounded while the collector is away. */
const MAX_QUEUE = 4_096

/** @param onFault told once a minute at most that spans were not sent */
export function otlpSpans(settings: OtlpSettings, version: string, onFault: (error: unknown) => void): Spans {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.serviceName, 'service.version': version }),
    sampler: new TraceIdRatioBasedSampler(settings.ratio),
    spanProcessors: [
      new BatchSpanProcessor(telling(exporterTo(settings), onFault), {
        maxQueueSize: MAX_QUEUE,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('dmp-fhir-server', version)
  const current = new AsyncLocalStorage<Context>()
  let followed = 0

  return {
    beginRequest(method, route, parent) {
      const span = tracer.startSpan(
        `${method} ${route ?? 'unknown'}`,
        { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } },
        parentContext(parent),
      )
      if (route !== undefined) span.setAttribute('http.route', route)
      if (!span.isRecording()) return notFollowed
      const context = traces.setSpan(ROOT_CONTEXT, span)
      followed++
      return {
        run: (work) => current.run(context, work),
        end(answered) {
          endRequest(span, answered)
          // On Node 20 a storage that is in use costs every promise of the process.
          if (--followed === 0) current.disable()
        },
      }
    },
    async within(name, attributes, work) {
      const context = current.getStore()
      if (!context) return work()
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, context)
      try {
        return await current.run(traces.setSpan(context, span), work)
      } catch (error) {
        // Its class alone: messages may cite values.
        span.setStatus({ code: SpanStatusCode.ERROR })
        span.setAttribute('error.type', error instanceof Error ? error.constructor.name : typeof error)
        throw error
      } finally {
        span.end()
      }
    },
    event(name) {
      const context = current.getStore()
      if (context) traces.getSpan(context)?.addEvent(name)
    },
    close: () => provider.shutdown().catch(onFault),
  }
}

const notFollowed: RequestSpan = { run: (work) => work(), end: () => undefined }

function exporterTo({ url, headers }: OtlpSettings): SpanExporter {
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_MS })
}

function parentContext(parent: TraceParent | undefined): Context {
  if (!parent) return ROOT_CONTEXT
  return traces.setSpanContext(ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.parentId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}

function endRequest(span: Span, answered: AnsweredRequest): void {
  const { status, interaction, caller, mode, rules, error, bytes } = answered
  span.setAttributes({
    'http.response.status_code': status,
    'dmp.interaction': interaction,
    'dmp.mode': mode,
    ...(caller === undefined ? {} : { 'dmp.caller': caller }),
    ...(rules.length === 0 ? {} : { 'dmp.rules': [...rules] }),
    ...(error === undefined ? {} : { 'dmp.error': error }),
    ...(bytes === undefined ? {} : { 'http.response.body.size': bytes }),
  })
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** The SDK tells nobody that a collector refuses or is away. */
function telling(exporter: SpanExporter, onFault: (error: unknown) => void): SpanExporter {
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.error && performance.now() - toldAt >= TELL_EVERY_MS) {
          toldAt = performance.now()
          onFault(new Error(`${spans.length} spans were not sent`, { cause: result.error }))
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush ? { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() } : {}),
  }
}
