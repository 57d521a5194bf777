/** The id of a request, which stands in its answer, its trace and the log. @see docs/api.md "Headers" */
import { randomUUID } from 'node:crypto'
import { mayBeTold } from '../interactions/told-text.ts'

/** The client's own request id when it is a plain one without a matricule in it, else a new one. */
export function requestId(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w\-.]{8,64}$/.test(header) && mayBeTold(header)
    ? header
    : randomUUID()
}
