/**
 * An error as a log line may hold it: what it is and where it came from. Libraries hang more on their errors (pg its client,
 * with the texts of statements and the key that cancels them; PostgreSQL the values of a row in `detail`), and none of that
 * belongs into a log (rule I4). Some messages cite what could not be read: of these what stands in quotation marks is left out.
 *
 * NOT done: names in messages of other kinds. No error of our own has a value in its message, and a test drives refusals and
 * faults through the server and reads every line (test/observability/logs.test.ts).
 */
import { toldText } from '../interactions/told-text.ts'

/** Of causes, and of the errors that an AggregateError stands for. */
const MAX_DEPTH = 3
const MAX_ERRORS = 4
const MAX_STACK_LINES = 12

export type LoggedError = {
  readonly type: string
  readonly message: string
  readonly code?: string
  /** Empty for those within. */
  readonly stack: string
  readonly cause?: LoggedError
  readonly errors?: readonly LoggedError[]
}

export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' }
  const { cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const errors = error instanceof AggregateError ? error.errors.slice(0, MAX_ERRORS) : []
  const deeper = depth < MAX_DEPTH
  return {
    type: error.constructor.name,
    message: toldMessage(error, code),
    ...(code === undefined ? {} : { code }),
    // Where the outermost was thrown: those it stands for are told by what they say.
    stack: depth === 0 ? stackOf(error) : '',
    ...(deeper && cause instanceof Error ? { cause: loggedError(cause, depth + 1) } : {}),
    ...(deeper && errors.length > 0 ? { errors: errors.map((each) => loggedError(each, depth + 1)) } : {}),
  }
}

/** Class 22 of PostgreSQL, data exception: `invalid input syntax for type date: "…"`. @see appendix A of its manual */
const ofData = /^22[0-9A-Z]{3}$/
const quoted = /"[\s\S]*"|'[\s\S]*'/g

function toldMessage(error: Error, code: string | undefined): string {
  const citing = error instanceof SyntaxError || (code !== undefined && ofData.test(code))
  return toldText(citing ? error.message.replace(quoted, '"…"') : error.message)
}

/** The frames alone: the stack begins with the message, which may have several lines. */
function stackOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_STACK_LINES)
    .join('\n')
}
