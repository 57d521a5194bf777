/**
 * AuditEvent: who saw what in a record, newest first. Reading traces leaves a trace.
 * @see https://hl7.org/fhir/R4/auditevent.html, docs/policy.md T4
 */
import { auditEvent } from '../../../audit/audit-event.ts'
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { traceReach } from '../../../policy/rules/t4-traces.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import { findRecord, type KnownRecord } from '../../../storage/record-facts.ts'
import { readTrace, searchTraces, type TraceReach } from '../../../storage/search-traces.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { RecordPages } from '../record-pages.ts'
import { withoutUnseen } from './without-unseen.ts'

export async function searchAuditEvents(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('AuditEvent')
  // Strict, whatever the client prefers: what is left out is told only in searches of documents so far.
  const search = parseSearch(engine.searches.AuditEvent, pairs, 'strict')
  if (search.total !== 'none')
    throw refusal('not-supported', 'non-pris-en-charge', { params: { what: '_total' } })
  exchange.trace.asks('AuditEvent', queryOf(search.understood))
  const patientKey = search.patient?.kind === 'id' ? decodeUuid(search.patient.id) : undefined
  if (search.patient?.kind !== 'id') throw refusal('required', 'patient-requis')
  const record = patientKey && (await findRecord(engine.db, patientKey, askerOf(exchange)))
  const { reach, key, permitted } = reachOf(engine, exchange, record)
  const paging = new RecordPages(engine, exchange, search, key)
  const { traces, more } = await searchTraces(
    engine.db,
    key,
    reach,
    search.criteria,
    paging.after(),
    search.count,
  )
  const last = more ? traces.at(-1) : undefined
  const seen = await withoutUnseen(engine, exchange, permitted, reach, traces)
  const entries = seen.map((trace) => {
    const event = auditEvent(trace, engine.base)
    return {
      fullUrl: `${engine.base}/AuditEvent/${event.id}`,
      resource: JSON.stringify(event),
      mode: 'match' as const,
    }
  })
  return {
    status: 200,
    body: searchsetBundle(paging.links(last && { at: last.recorded, id: last.id }), entries),
  }
}

export async function readAuditEvent(engine: DmpEngine, exchange: DmpExchange, id: string): Promise<Answer> {
  exchange.trace.asks('AuditEvent')
  const at = parseResourceId(id)
  const record = at && (await findRecord(engine.db, at.patientKey, askerOf(exchange)))
  const { reach, permitted } = reachOf(engine, exchange, record)
  const stored = at && (await readTrace(engine.db, at.patientKey, at.id, reach))
  if (!stored) throw unknown()
  const [trace = stored] = await withoutUnseen(engine, exchange, permitted, reach, [stored])
  return {
    status: 200,
    body: JSON.stringify(auditEvent(trace, engine.base)),
    etag: 'W/"1"',
    lastModified: trace.recorded,
  }
}

function reachOf(
  engine: DmpEngine,
  exchange: DmpExchange,
  found: KnownRecord | undefined,
): { readonly reach: TraceReach; readonly key: Uuid; readonly permitted: KnownRecord } {
  const { record } = permit(engine, exchange, found, 'read-traces')
  const reach = traceReach({ caller: exchange.caller, facts: record.facts, holder: record.holder })
  if (!reach) throw unknown()
  return { reach, key: record.facts.patientKey, permitted: record }
}
