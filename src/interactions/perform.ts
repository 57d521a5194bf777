/**
 * Runs one interaction and sees to its trace: durable before anything leaves, whatever the outcome (rules T1, T2).
 */
import type { Trace } from '../audit/trace.ts'
import { type FhirError, refusal } from '../fhir/fhir-error.ts'
import type { Engine } from './engine.ts'
import type { Answer } from './exchange.ts'
import { asFhirError } from './foreign-errors.ts'

/**
 * @param ifNoneMatch the header: an answer whose ETag it names becomes 304
 * @throws FhirError what the interaction refused, once that too is traced; 503 when the trace cannot be written
 */
export async function perform(
  engine: Pick<Engine, 'traces'>,
  trace: Trace,
  work: () => Promise<Answer>,
  ifNoneMatch?: string,
): Promise<Answer> {
  let answer: Answer
  try {
    answer = unlessKnown(await work(), ifNoneMatch)
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

/** @see https://hl7.org/fhir/R4/http.html#cread */
function unlessKnown(answer: Answer, ifNoneMatch: string | undefined): Answer {
  if (!answer.etag || !ifNoneMatch || answer.status !== 200) return answer
  const known = ifNoneMatch.split(',').some((tag) => tag.trim() === answer.etag || tag.trim() === '*')
  if (!known) return answer
  const { body: _, contentType: __, ...rest } = answer
  return { ...rest, status: 304 }
}
