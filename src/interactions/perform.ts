/**
 * Runs one interaction and sees to its trace: durable before anything leaves, whatever the outcome (rules T1, T2).
 */
import type { Trace } from '../audit/trace.ts'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { Engine } from './engine.ts'
import type { Answer } from './exchange.ts'
import { asFhirError } from './foreign-errors.ts'

/**
 * @param known what the client has already: an answer that is no newer becomes 304
 * @throws FhirError what the interaction refused, once that too is traced; 503 when the trace cannot be written
 */
export async function perform(
  engine: Pick<Engine, 'traces'>,
  trace: Trace,
  work: () => Promise<Answer>,
  known: Known = {},
): Promise<Answer> {
  let answer: Answer
  try {
    answer = unlessKnown(await engine.traces.expecting(work), known)
  } catch (error) {
    throw await traceRefusal(engine, trace, asFhirError(error))
  }
  await traceDurably(engine, trace, answer.status, '')
  return answer
}

/** Traces a refusal, and gives the one to answer: itself, or 503 when it cannot be traced. */
export async function traceRefusal(
  engine: Pick<Engine, 'traces'>,
  trace: Trace,
  refused: FhirError,
): Promise<FhirError> {
  try {
    await traceDurably(engine, trace, refused.status, refused.issues[0].error)
    return refused
  } catch (error) {
    const untraced = asFhirError(error)
    untraced.cause = new AggregateError([untraced.cause, refused])
    return untraced
  }
}

async function traceDurably(
  engine: Pick<Engine, 'traces'>,
  trace: Trace,
  status: number,
  error: string,
): Promise<void> {
  if (trace.durable) return
  try {
    await engine.traces.write(trace.row(status, error))
    trace.durable = true
  } catch (cause) {
    const impossible = refusal('transient', 'trace-impossible')
    impossible.cause = cause
    throw impossible
  }
}

export type Known = { readonly ifNoneMatch?: string; readonly ifModifiedSince?: string }

/**
 * If-None-Match counts alone when both are there (RFC 9110 §13.1.3).
 * @see https://hl7.org/fhir/R4/http.html#cread
 */
export function unlessKnown(answer: Answer, known: Known): Answer {
  if (!answer.etag || answer.status !== 200 || !isKnown(answer, known)) return answer
  const { body: _, contentType: __, ...rest } = answer
  return { ...rest, status: 304 }
}

function isKnown({ etag, lastModified }: Answer, { ifNoneMatch, ifModifiedSince }: Known): boolean {
  // By the weak comparison (RFC 9110 §13.1.2): a proxy that compresses makes a strong tag weak.
  if (ifNoneMatch !== undefined)
    return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag ?? ''))
  if (ifModifiedSince === undefined || lastModified === undefined) return false
  // The header has whole seconds, and so has Last-Modified.
  return Math.floor(lastModified / 1000) * 1000 <= Date.parse(ifModifiedSince)
}

function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '')
}
