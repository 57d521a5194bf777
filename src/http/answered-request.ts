/**
 * A request that was answered, as those who watch the server are told of it: by its route, never by its address, its headers
 * or its body, and of the caller only what kind of caller it is (rule I4).
 * @see docs/operations.md "Logs" (the fields of a line)
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Trace } from '../interactions/start-trace.ts'
import { type TraceParent, traceParentOf } from './trace-parent.ts'

export type AnsweredRequest = {
  readonly method: string
  /** The pattern: `/fhir/Binary/:id`; undefined: there is no such route. */
  readonly route: string | undefined
  readonly interaction: string
  readonly status: number
  /** From the first byte of the request to the last of the answer. */
  readonly milliseconds: number
  /** Of the body of the answer; undefined where nobody knew before it left. */
  readonly bytes: number | undefined
  /** What the request said that its body has. */
  readonly received: number | undefined
  /** As `PS`; undefined: nobody was recognised. */
  readonly caller: string | undefined
  readonly mode: string
  /** That made the decision; none where nothing was to be decided. */
  readonly rules: readonly string[]
  /** Code of the catalogue. */
  readonly error: string | undefined
  readonly parent: TraceParent | undefined
}

export type ObserveRequest = (answered: AnsweredRequest) => void

const none: readonly string[] = []

export function answeredRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  trace: Trace | undefined,
  error: string | undefined,
): AnsweredRequest {
  const { interaction } = request.routeOptions.config as { readonly interaction?: string }
  return {
    method: request.method,
    route: request.is404 ? undefined : request.routeOptions.url,
    interaction: interaction ?? 'unknown-route',
    status: reply.statusCode,
    milliseconds: reply.elapsedTime,
    bytes: wholeNumber(reply.getHeader('content-length')),
    received: wholeNumber(request.headers['content-length']),
    caller: trace?.actor,
    mode: trace?.mode ?? 'normal',
    rules: trace?.rules ?? none,
    error,
    parent: traceParentOf(request.headers.traceparent),
  }
}

/** What pino writes; members that are undefined are left out. */
export function requestLine(answered: AnsweredRequest): Readonly<Record<string, unknown>> {
  const { method, route, interaction, status, milliseconds, bytes, received, caller, mode, rules, error } =
    answered
  return {
    interaction,
    method,
    route,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    bytes,
    received,
    caller,
    mode: mode === 'normal' ? undefined : mode,
    rules: rules.length > 0 ? rules.join(' ') : undefined,
    error,
    traceId: answered.parent?.traceId,
    parentId: answered.parent?.parentId,
  }
}

function wholeNumber(header: unknown): number | undefined {
  if (header === undefined) return undefined
  const value = Number(header)
  return Number.isSafeInteger(value) ? value : undefined
}
