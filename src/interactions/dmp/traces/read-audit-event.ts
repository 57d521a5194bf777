/**
 * One trace. Its id names its record; whose it is decides who reads it.
 * @see https://hl7.org/fhir/R4/http.html#read, docs/policy.md T4
 */
import { isDecision } from '../../../audit/forms/decision.ts'
import { renderTrace } from '../../../audit/forms/render-trace.ts'
import { encodeUuid, parseResourceId } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { findRecord } from '../../../storage/records/record-facts.ts'
import { readTrace } from '../../../storage/traces/search-traces.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { formAsked, openingOf } from './trace-form.ts'
import { traceReader } from './trace-reader.ts'
import { withoutUnseen } from './without-unseen.ts'

export async function readAuditEvent(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('AuditEvent')
  const { form } = formAsked(pairs)
  const at = parseResourceId(id)
  const record = at && (await findRecord(engine.db, at.patientKey, askerOf(exchange)))
  const reader = traceReader(engine, exchange, record)
  const stored = at && (await readTrace(engine.db, at.patientKey, at.id, reader.reach))
  if (!stored) throw unknown()
  const [trace = stored] = await withoutUnseen(engine.db, reader, [stored])
  // A trace that tells of no decision is none.
  if (form === 'decision' && !isDecision(trace)) throw unknown()
  exchange.trace.concerns('AuditEvent', encodeUuid(at.id), 1)
  const consent = await openingOf(engine.db, at.patientKey, form)
  return {
    status: 200,
    body: stringifyJson(renderTrace(trace, form, { server: engine.base, consent })),
    etag: 'W/"1"',
    lastModified: trace.recorded,
  }
}
