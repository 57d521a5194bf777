/**
 * Traces as one table: `_format=csv`, or `Accept: text/csv`, on the search that shows them page by page. All pages in one
 * file, newest first unless asked otherwise, fetched while they are sent: never more than a part of it is in memory, and
 * what its reader may see is asked anew for each part. What fails on the way ends the connection.
 * @see docs/policy.md T4, V7; docs/api.md "Traces"
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { findRecord } from '../../../storage/records/record-facts.ts'
import { type StoredTrace, searchTraces } from '../../../storage/traces/search-traces.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { askedTraces, tracesFor } from './asked-traces.ts'
import { csvLine } from './csv-line.ts'
import { orderOf } from './search-traces.ts'
import { titles, traceCells } from './trace-line.ts'
import { type TraceReader, traceReader } from './trace-reader.ts'
import { withoutUnseen } from './without-unseen.ts'

const BATCH = 500
/** By which Excel knows the text for UTF-8. */
const BYTE_ORDER_MARK = '\ufeff'

/** What shapes pages of FHIR, and has no meaning in a table of all of them. */
const ofPages: ReadonlySet<string> = new Set([
  '_count',
  '_total',
  '_summary',
  '_elements',
  '_profile',
  '_cursor',
])

type Part = { readonly reader: TraceReader; readonly traces: readonly StoredTrace[]; readonly more: boolean }

export async function exportTraces(engine: DmpEngine, exchange: DmpExchange, pairs: Pairs): Promise<Answer> {
  exchange.trace.performs('export-traces')
  exchange.trace.asks('AuditEvent')
  const shaping = pairs.find(([name]) => ofPages.has(name))
  if (shaping)
    throw refusal('not-supported', 'non-pris-en-charge', { params: { what: `${shaping[0]}, text/csv` } })
  // A table has no place to say what was left out of the question.
  const asked = askedTraces(engine, exchange, pairs, 'strict')
  const order = orderOf(asked)
  const part = async (reader: TraceReader, after?: StoredTrace): Promise<Part> => {
    const within = tracesFor(engine, reader, asked, undefined)
    const reads = await engine.db.reads.upToDate()
    const page = await searchTraces(reads, within, { order, after: after?.id, count: BATCH })
    return { reader, ...page }
  }
  const first = await part(
    traceReader(engine, exchange, await recordAsked(engine, exchange, asked.search.patient)),
  )

  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from(BYTE_ORDER_MARK + csvLine(titles))
    let at = first
    for (;;) {
      const shown = await withoutUnseen(engine.db, at.reader, at.traces)
      if (shown.length > 0) yield Buffer.from(shown.map((trace) => csvLine(traceCells(trace))).join(''))
      const last = at.traces.at(-1)
      if (!at.more || !last) return
      const record = await findRecord(engine.db, at.reader.patientKey, askerOf(exchange))
      const reader = traceReader(engine, exchange, record)
      // Who reads less than when the file began does not get the rest of it, nor a part that looks like the rest.
      if (reachOf(reader) !== reachOf(at.reader)) throw unknown()
      at = await part(reader, last)
    }
  }
  const day = new Date(exchange.now).toISOString().slice(0, 10)
  return {
    status: 200,
    contentType: 'text/csv; charset=utf-8; header=present',
    headers: { 'Content-Disposition': `attachment; filename="traces-dmp-${day}.csv"` },
    body: { chunks: chunks() },
  }
}

function reachOf({ reach }: TraceReader): string {
  return typeof reach === 'string' ? reach : reach.person
}
