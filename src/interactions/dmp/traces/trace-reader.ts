/**
 * Who reads the traces of a record, how far, and what it sees of what they name. Asked anew for every page, and for every
 * part of an export.
 * @see docs/policy.md T4, V7
 */
import type { Uuid } from '../../../fhir/id.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import { type TraceReach, traceReach } from '../../../policy/rules/t4-traces.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { StoredTrace } from '../../../storage/traces/search-traces.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask, permit, unknown } from '../permit.ts'

export type TraceReader = {
  readonly patientKey: Uuid
  readonly reach: TraceReach
  /** Of the documents that traces name; `all` for who reads traces whole, undefined for none. */
  readonly sees: DocumentScope | 'all' | undefined
  /** As traces name the reader. */
  readonly self: Pick<StoredTrace, 'actor' | 'person'>
}

/** @throws FhirError the refusal, or 404 when there is no such record */
export function traceReader(
  engine: DmpEngine,
  exchange: DmpExchange,
  found: KnownRecord | undefined,
): TraceReader {
  const { record } = permit(engine, exchange, found, 'read-traces')
  const { facts, holder } = record
  const reach = traceReach({ caller: exchange.caller, facts, holder })
  if (!reach) throw unknown()
  return readerOf(engine, exchange, record, reach)
}

/** Of who was permitted already. The auditor reads traces whole, and who reads its own accesses knows what it saw. */
export function readerOf(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  reach: TraceReach,
): TraceReader {
  const { patientKey } = record.facts
  const { actor } = exchange.caller
  const self = { actor, person: exchange.trace.person }
  if (typeof reach === 'object' || actor === 'AUDITEUR') return { patientKey, reach, sees: 'all', self }
  const decision = ask(engine, exchange, record, 'search-documents')
  return { patientKey, reach, sees: decision.effect === 'permit' ? decision.scope : undefined, self }
}
