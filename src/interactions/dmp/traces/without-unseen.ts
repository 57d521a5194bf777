/**
 * Traces as their reader may see them: one that names a document hidden from the reader keeps who, when and how, and
 * loses what (V7 outweighs the completeness of T4: a patient must not learn from a trace of what is not announced yet).
 * The auditor reads traces whole, and who reads its own accesses knows what it saw.
 */
import { decodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { KnownRecord } from '../../../storage/record-facts.ts'
import type { StoredTrace, TraceReach } from '../../../storage/search-traces.ts'
import { visibleDocuments } from '../../../storage/visible-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { ask } from '../permit.ts'

export async function withoutUnseen(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  reach: TraceReach,
  traces: readonly StoredTrace[],
): Promise<readonly StoredTrace[]> {
  if (reach !== 'all' || exchange.caller.actor === 'AUDITEUR') return traces
  const decision = ask(engine, exchange, record, 'search-documents')
  const named = [...new Set(traces.flatMap(documentsOf))]
  const visible =
    decision.effect === 'permit'
      ? await visibleDocuments(engine.db, record.facts.patientKey, named, decision.scope)
      : new Set<Uuid>()
  return traces.map((trace) =>
    documentsOf(trace).every((id) => visible.has(id)) ? trace : { ...trace, entities: [], query: '' },
  )
}

/** The documents that a trace names: `DocumentReference/[own id]/[version]`. */
function documentsOf({ entities }: StoredTrace): Uuid[] {
  return entities.flatMap((entity) => {
    const id = /^DocumentReference\/([^/]+)\//.exec(entity)?.[1]
    const key = id === undefined ? undefined : decodeUuid(id)
    return key ? [key] : []
  })
}
