/**
 * What libraries and PostgreSQL throw, as refusals. Anything unforeseen is 500 and says nothing but its request id.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { FhirError, refusal } from '../fhir/fhir-error.ts'

/** Errors after which the same request may well succeed: serialization, deadlock, lock not available. */
const CONCURRENT: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])
/**
 * Classes of errors that say the database is not able now: connection, resources, operator intervention; and 25006, a replica
 * that takes no writes: during a failover it may be reached before it is the primary.
 */
const UNAVAILABLE = /^(?:08|53|57|58|25006)/
/** Of the system: nobody listens, the way there is broken, the name is not known now, no more files may be opened. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOENT',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EHOSTDOWN',
  ],
  ...['ENETDOWN', 'ECONNABORTED', 'ENOTFOUND', 'EAI_AGAIN', 'EMFILE', 'ENFILE'],
])

export function asFhirError(error: unknown): FhirError {
  if (error instanceof FhirError) return error
  const code = codeOf(error)
  const refused = CONCURRENT.has(code)
    ? refusal('conflict', 'conflit-concurrent')
    : UNAVAILABLE.test(code) || UNREACHABLE.has(code) || isLostConnection(error)
      ? refusal('transient', 'indisponible')
      : refusal('exception', 'interne')
  refused.cause = error
  return refused
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** pg has no code for these, nor have those who give up a connection that says nothing. */
function isLostConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:Connection terminated|timeout (?:exceeded )?when trying to connect|The database is closed|Client (?:has encountered a connection error|was closed)|Query read timeout|timeout expired$|PostgreSQL does not answer)/.test(
      error.message,
    )
  )
}
