/**
 * An error as a log line may hold it: what it is and where it came from. Libraries hang more on their errors (pg its client,
 * with the texts of statements and the key that cancels them; PostgreSQL the values of a row in `detail`), and none of that
 * belongs into a log (rule I4).
 */

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
    message: error.message,
    ...(code === undefined ? {} : { code }),
    // Where the outermost was thrown: those it stands for are told by what they say.
    stack: depth === 0 ? (error.stack ?? '').split('\n').slice(0, MAX_STACK_LINES).join('\n') : '',
    ...(deeper && cause instanceof Error ? { cause: loggedError(cause, depth + 1) } : {}),
    ...(deeper && errors.length > 0 ? { errors: errors.map((each) => loggedError(each, depth + 1)) } : {}),
  }
}
