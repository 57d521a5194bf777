/**
 * A batch: every entry a request of its own, with its own transaction, trace and answer; one that fails says so and stops
 * no other. Processed in the order of a transaction, several at once within a step; entries must not depend on each other.
 * @see https://hl7.org/fhir/R4/http.html#brules
 *
 * Checked of the Bundle itself: what is read of its entries. References between entries are not rewritten.
 */
import { bundleResponse, type ResponseEntry } from '../../../fhir/bundle.ts'
import type { FhirError } from '../../../fhir/fhir-error.ts'
import type { JsonValue } from '../../../fhir/json.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import { asFhirError } from '../../foreign-errors.ts'
import { perform } from '../../perform.ts'
import type { RestEngine } from '../rest-engine.ts'
import { located } from '../write/fault-location.ts'
import { entryResponse, refusedEntry } from './entry-response.ts'
import { type BundleEntry, readEntry } from './read-entry.ts'

/** Entries under way at once: half of the connections for transactions, the other half for everybody else. */
const AT_ONCE = 4

const STEPS: readonly (readonly BundleEntry['request']['method'][])[] = [
  ['DELETE'],
  ['POST'],
  ['PUT', 'PATCH'],
  ['GET', 'HEAD'],
]

export async function batch(
  engine: RestEngine,
  exchange: Exchange,
  values: readonly JsonValue[],
): Promise<Answer> {
  const responses: (ResponseEntry | undefined)[] = new Array(values.length)
  const entries: BundleEntry[] = []
  for (const [index, value] of values.entries()) {
    try {
      entries.push(readEntry(value, index, engine.base))
    } catch (error) {
      responses[index] = refusedEntry(exchange, told(engine, error))
    }
  }
  for (const methods of STEPS) {
    const waiting = entries.filter(({ request }) => methods.includes(request.method))
    const work = async (): Promise<void> => {
      for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
        responses[entry.index] = await answerEntry(engine, exchange, entry)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  return { status: 200, body: bundleResponse('batch-response', responses.map(given)) }
}

async function answerEntry(
  engine: RestEngine,
  exchange: Exchange,
  entry: BundleEntry,
): Promise<ResponseEntry> {
  const own: Exchange = {
    ...exchange,
    trace: exchange.trace.part(engine.newId(exchange.now)),
    // Asked for by nobody, the resources would double the size of the answer.
    prefer: exchange.prefer ?? 'minimal',
  }
  try {
    const { request } = entry
    const work = (): Promise<Answer> => engine.dispatch(engine, own, request)
    return entryResponse(engine, own, entry, await perform(engine, own.trace, work, request))
  } catch (error) {
    return refusedEntry(exchange, told(engine, located(error, entry.at)))
  }
}

/** The refusal to answer; what is the server's own fault goes to the log, as it would from a request of its own. */
function told(engine: RestEngine, error: unknown): FhirError {
  const refused = asFhirError(error)
  if (refused.status >= 500) engine.failed(refused.cause ?? refused)
  return refused
}

function given(response: ResponseEntry | undefined): ResponseEntry {
  if (!response) throw new Error('An entry without an answer')
  return response
}
