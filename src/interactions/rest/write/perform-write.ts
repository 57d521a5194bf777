/**
 * One write in a transaction of its own.
 * @see https://hl7.org/fhir/R4/http.html
 */
import type { Issue } from '../../../fhir/issue.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import { queryOf } from '../../query.ts'
import type { RestEngine } from '../rest-engine.ts'
import { checked } from './checked.ts'
import { locateTargets } from './locate-targets.ts'
import { type Outcome, settleWrite } from './settle-write.ts'
import { storeOutcomes } from './store-outcomes.ts'
import { untilCommitted } from './until-committed.ts'
import { writeAnswer } from './write-answer.ts'
import type { WriteRequest } from './write-request.ts'

/** @throws FhirError 422 before anything is looked up, when the resource is not valid */
export async function performWrite(
  engine: RestEngine,
  exchange: Exchange,
  request: WriteRequest,
): Promise<Answer> {
  const { trace } = exchange
  trace.asks(request.type, queryOf(request.condition ?? []))
  const remarks = checkedContent(engine, exchange, request)
  const outcomes = await untilCommitted(() =>
    engine.db.transaction(async (tx): Promise<readonly Outcome[]> => {
      const targets = await locateTargets(engine, tx, [request], exchange.now)
      const settled = targets.map((target) => settleWrite(engine, exchange, target, undefined))
      trace.concernsOnly(settled.filter(({ version }) => version > 0))
      // Where nothing is stored the trace waits for no transaction, and is written as that of a read.
      const stored = settled.filter(({ write }) => write !== undefined)
      const rows =
        stored.length > 0 ? [trace.row(answerOf(exchange, request, settled, remarks).status, '')] : []
      await storeOutcomes(engine, tx, stored, rows)
      return settled
    }),
  )
  if (outcomes.some(({ write }) => write !== undefined)) trace.durable = true
  return answerOf(exchange, request, outcomes, remarks)
}

function checkedContent(engine: RestEngine, exchange: Exchange, { change }: WriteRequest): readonly Issue[] {
  if (change.method === 'PUT') return checked(engine, exchange, change.resource)
  if (change.method !== 'POST') return []
  // The id is the server's to choose: what the client sent is ignored, its form too.
  const { id: _, ...content } = change.resource
  return checked(engine, exchange, content)
}

/** Of a conditional delete there may be none or many outcomes: told of as one. */
function answerOf(
  exchange: Exchange,
  request: WriteRequest,
  outcomes: readonly Outcome[],
  remarks: readonly Issue[],
): Answer {
  const [only, second] = outcomes
  if (only && !second) return writeAnswer(exchange, only, remarks)
  const effect = only ? 'deleted' : 'absent'
  const together: Outcome = {
    effect,
    type: request.type,
    id: '',
    version: 0,
    lastUpdated: exchange.now,
    body: '',
    remarks: [],
  }
  return writeAnswer(exchange, together, remarks)
}
