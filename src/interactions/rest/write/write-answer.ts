/**
 * What a client is told of a write: status and headers by what has happened, the body by what it prefers.
 * @see https://hl7.org/fhir/R4/http.html#ops, #create, #update, #delete
 */
import type { Issue } from '../../../fhir/issue.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Outcome } from './outcome.ts'

/** @param remarks what validation had to say of what was sent, without refusing it */
export function writeAnswer(exchange: Exchange, outcome: Outcome, remarks: readonly Issue[]): Answer {
  const { effect, type, id, version, lastUpdated } = outcome
  const withOutcome = exchange.prefer === 'OperationOutcome'
  const gone = effect === 'deleted' || effect === 'absent'
  return {
    status: statusOf(outcome, withOutcome),
    ...(version > 0 ? { etag: `W/"${version}"` } : {}),
    ...(gone ? {} : { lastModified: lastUpdated }),
    ...(effect === 'created' || effect === 'existing'
      ? { location: `${type}/${id}/_history/${version}` }
      : {}),
    ...bodyOf(exchange, outcome, remarks, gone),
  }
}

export function statusOf({ effect }: Pick<Outcome, 'effect'>, withOutcome = false): 200 | 201 | 204 {
  if (effect === 'created') return 201
  return (effect === 'deleted' || effect === 'absent') && !withOutcome ? 204 : 200
}

function bodyOf(
  exchange: Exchange,
  outcome: Outcome,
  remarks: readonly Issue[],
  gone: boolean,
): Pick<Answer, 'body'> {
  if (exchange.prefer === 'OperationOutcome') {
    return { body: operationOutcome([happened(outcome), ...remarks, ...outcome.remarks], exchange.language) }
  }
  return gone || exchange.prefer === 'minimal' ? {} : { body: outcome.body }
}

const codes = {
  created: 'ressource-enregistree',
  updated: 'ressource-enregistree',
  unchanged: 'ressource-inchangee',
  existing: 'ressource-inchangee',
  deleted: 'ressource-effacee',
  absent: 'ressource-absente',
} as const satisfies Record<Outcome['effect'], Issue['error']>

function happened({ effect, version }: Outcome): Issue {
  return { severity: 'information', type: 'informational', error: codes[effect], params: { version } }
}
