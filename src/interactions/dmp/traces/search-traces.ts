/**
 * AuditEvent: who saw what in a record, newest first. Reading traces leaves a trace.
 * @see https://hl7.org/fhir/R4/auditevent.html, docs/policy.md T4, docs/api.md "Traces"
 */
import { renderTrace } from '../../../audit/forms/render-trace.ts'
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { countTraces, searchTraces, type TracePage } from '../../../storage/traces/search-traces.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import { formed } from '../../rest/result-form.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { counted, countsOnly } from '../documents/found-bundle.ts'
import { recordAsked } from '../record-asked.ts'
import { RecordPages } from '../record-pages.ts'
import { toldLeftOut } from '../told-left-out.ts'
import { type AskedTraces, askedTraces, tracesFor } from './asked-traces.ts'
import { openingOf } from './trace-form.ts'
import { traceReader } from './trace-reader.ts'
import { withoutUnseen } from './without-unseen.ts'

export async function searchAuditEvents(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  const asked = askedTraces(engine, exchange, pairs)
  const { search, form } = asked
  const reader = traceReader(engine, exchange, await recordAsked(engine, exchange, search.patient))
  const consent = await openingOf(engine.db, reader.patientKey, form)
  const within = tracesFor(engine, reader, asked, consent)
  const paging = new RecordPages(engine, exchange, search, reader.patientKey)
  const after = paging.after()?.id
  const onlyCount = countsOnly(search)
  const reads = await engine.db.reads.upToDate()
  const [page, total] = await Promise.all([
    onlyCount ? nothing : searchTraces(reads, within, { order: orderOf(asked), after, count: search.count }),
    counted(search) ? countTraces(reads, within) : undefined,
  ])
  const last = page.more ? page.traces.at(-1) : undefined
  const seen = await withoutUnseen(engine.db, reader, page.traces)
  const about = { server: engine.base, consent }
  const entries = seen.map((trace) => ({
    fullUrl: `${engine.base}/AuditEvent/${formatResourceId({ patientKey: trace.patient_key, id: trace.id })}`,
    resource: formed(engine, stringifyJson(renderTrace(trace, form, about)), search),
    mode: 'match' as const,
  }))
  const links = paging.links(last && { at: last.recorded, id: last.id })
  const told = toldLeftOut(engine, exchange, search.ignored)
  return { status: 200, body: searchsetBundle(links, [...entries, ...told], total) }
}

const nothing = { traces: [], more: false } as const

export function orderOf({ search }: AskedTraces): TracePage['order'] {
  return search.sort[0]?.descending === false ? 'oldest first' : 'newest first'
}
