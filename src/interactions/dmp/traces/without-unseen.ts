/**
 * Traces as their reader may see them: one that names a document hidden from the reader, or the list by which it would be
 * known of, keeps who, when and how, and loses what (V7 outweighs the completeness of T4: a patient must not learn from a
 * trace of what is not announced yet). A representative is not shown what others looked for.
 */
import type { ShownTrace } from '../../../audit/forms/shown-trace.ts'
import { decodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import type { StoredTrace } from '../../../storage/search-traces.ts'
import { visibleDocuments } from '../../../storage/visible-documents.ts'
import { visibleLists } from '../../../storage/visible-lists.ts'
import type { TraceReader } from './trace-reader.ts'

export async function withoutUnseen(
  db: Runner,
  { patientKey, reach, sees }: TraceReader,
  traces: readonly StoredTrace[],
): Promise<readonly ShownTrace[]> {
  if (sees === 'all') return traces
  const documents = [...new Set(traces.flatMap((trace) => named(trace, 'DocumentReference')))]
  const lists = [...new Set(traces.flatMap((trace) => named(trace, 'List')))]
  const nothing: ReadonlySet<Uuid> = new Set()
  const [seenDocuments, seenLists] = await Promise.all([
    sees ? visibleDocuments(db, patientKey, documents, sees) : nothing,
    sees ? visibleLists(db, patientKey, lists, sees) : nothing,
  ])
  return traces.map((trace): ShownTrace => {
    const whole =
      named(trace, 'DocumentReference').every((id) => seenDocuments.has(id)) &&
      named(trace, 'List').every((id) => seenLists.has(id))
    if (!whole) return { ...trace, entities: [], query: '', withheld: true }
    const ofAnother = reach === 'all-but-secrets' && trace.actor !== 'REPRESENTANT_LEGAL'
    return ofAnother && trace.query !== '' ? { ...trace, query: '', withheld: true } : trace
  })
}

/** What a trace names of a type: `Type/[own id]/[version]`. */
function named({ entities }: StoredTrace, type: 'DocumentReference' | 'List'): Uuid[] {
  return entities.flatMap((entity) => {
    const [named, id = ''] = entity.split('/')
    const key = named === type ? decodeUuid(id) : undefined
    return key ? [key] : []
  })
}
