/**
 * A transaction: all of it or nothing, in one transaction of the database. Deletes, creates, updates and patches, reads, in
 * this order whatever that of the entries; the answer has the order of the request.
 * @see https://hl7.org/fhir/R4/http.html#trules
 *
 * When it loses against another one it is run again from the start: ids, conditions and references anew. Operations and
 * searches by POST are not taken.
 */
import { bundleResponse, type ResponseEntry } from '../../../fhir/bundle.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject, JsonValue } from '../../../fhir/json.ts'
import type { Transaction } from '../../../storage/database.ts'
import type { TraceRow } from '../../../storage/traces/insert-traces.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import { unlessKnown } from '../../perform.ts'
import type { RestEngine } from '../rest-engine.ts'
import { located } from '../write/fault-location.ts'
import { locateTargets } from '../write/locate-targets.ts'
import { storeOutcomes } from '../write/store-outcomes.ts'
import { untilCommitted } from '../write/until-committed.ts'
import { writeAnswer } from '../write/write-answer.ts'
import { entryResponse } from './entry-response.ts'
import type { BundleEntry } from './read-entry.ts'
import { type ReadTransaction, readTransaction } from './read-transaction.ts'
import { type Settled, writeEntries } from './write-entries.ts'

export async function transaction(
  engine: RestEngine,
  exchange: Exchange,
  bundle: JsonObject,
  values: readonly JsonValue[],
): Promise<Answer> {
  const read = readTransaction(engine, exchange, bundle, values)
  const own: Exchange = { ...exchange, prefer: exchange.prefer ?? 'minimal' }
  const responses = await untilCommitted(() => engine.db.transaction((tx) => attempt(engine, own, tx, read)))
  exchange.trace.durable = true
  return { status: 200, body: bundleResponse('transaction-response', responses) }
}

async function attempt(
  engine: RestEngine,
  exchange: Exchange,
  tx: Transaction,
  bundle: ReadTransaction,
): Promise<ResponseEntry[]> {
  const requests = bundle.writes.map(({ request }) => request)
  const targets = await locateTargets(engine, tx, requests, exchange.now)
  const settled = await writeEntries(engine, exchange, tx, bundle, targets)
  exchange.trace.concernsOnly(
    settled.flatMap(({ outcomes }) => outcomes.filter(({ version }) => version > 0)),
  )
  const responses: ResponseEntry[] = []
  for (const one of settled) {
    responses[one.entry.index] = entryResponse(
      engine,
      exchange,
      one.entry,
      answerOf(exchange, one, bundle.remarks),
    )
  }
  const traces: TraceRow[] = []
  const inside: RestEngine = { ...engine, reads: tx }
  for (const entry of bundle.reads) {
    const trace = exchange.trace.part(engine.newId(exchange.now))
    const answer = await readInside(inside, { ...exchange, trace }, entry)
    responses[entry.index] = entryResponse(engine, exchange, entry, answer)
    traces.push(trace.row(answer.status, ''))
  }
  await storeOutcomes(engine, tx, [], [exchange.trace.row(200, ''), ...traces])
  return responses
}

async function readInside(engine: RestEngine, exchange: Exchange, entry: BundleEntry): Promise<Answer> {
  try {
    return unlessKnown(await engine.dispatch(engine, exchange, entry.request), entry.request)
  } catch (error) {
    throw located(error, entry.at)
  }
}

/** Of a conditional delete there may be none or many outcomes. */
function answerOf(exchange: Exchange, { entry, outcomes }: Settled, remarks: readonly Issue[]): Answer {
  const [only, second] = outcomes
  if (!only || second) return { status: 204 }
  const own = remarks.filter(({ expression }) => expression?.startsWith(`${entry.at}.`))
  return writeAnswer(exchange, only, own)
}
