/**
 * A transaction that lost against another one, run again from the very start: nothing of a failed attempt is kept or
 * reported. PostgreSQL says so with a serialization failure or a deadlock, the storage with a version that is no longer
 * current.
 * @see https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 *
 * Not run again: a commit whose acknowledgement was lost with the connection. Whether it took place is not known, and a
 * second run could write twice; the client is told that the service is not available.
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { asFhirError } from '../../foreign-errors.ts'

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 8

/** @throws FhirError 503 after several attempts: the client may send the request again, unchanged */
export async function untilCommitted<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (asFhirError(error).issues[0].error !== 'conflit-concurrent') throw error
      if (tried === ATTEMPTS) {
        const exhausted = refusal('transient', 'conflit-concurrent')
        exhausted.cause = error
        throw exhausted
      }
      await pause(tried)
    }
  }
}

/** Longer each time, and never the same for two that failed together. */
function pause(tried: number): Promise<void> {
  const longest = FIRST_PAUSE_MS * 2 ** tried
  return new Promise((resume) => setTimeout(resume, longest * (0.5 + Math.random() / 2)))
}
