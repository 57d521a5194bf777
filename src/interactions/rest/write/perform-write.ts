/**
 * One write, in a transaction of its own or, where it depends on nothing, in one with others.
 * @see https://hl7.org/fhir/R4/http.html
 */
import { encodeUuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import { queryOf } from '../../query.ts'
import type { RestEngine } from '../rest-engine.ts'
import { checked } from './checked.ts'
import { locateTargets } from './locate-targets.ts'
import type { Outcome } from './outcome.ts'
import { settleWrite } from './settle-write.ts'
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
  if (request.change.method === 'POST' && request.condition === undefined) {
    return create(engine, exchange, request, remarks)
  }
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

/** A create that depends on nothing shares its transaction with others of its kind. */
async function create(
  engine: RestEngine,
  exchange: Exchange,
  request: WriteRequest,
  remarks: readonly Issue[],
): Promise<Answer> {
  const { trace } = exchange
  const id = encodeUuid(engine.newId(exchange.now))
  const target = { request, id, current: undefined, matched: false, repeats: false }
  const outcome = settleWrite(engine, exchange, target, undefined)
  const answer = writeAnswer(exchange, outcome, remarks)
  trace.concernsOnly([outcome])
  await engine.creations.store({ outcome, trace: trace.row(answer.status, '') })
  trace.durable = true
  return answer
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
