/**
 * Traces as their reader may see them: one that names a document hidden from the reader, or the list by which it would be
 * known of, keeps who, when and how, and loses what (V7 outweighs the completeness of T4: a patient must not learn from a
 * trace of what is not announced yet). What was asked goes where it names such a one; of what the reader asked itself, also
 * where it names what is not there, or its own traces would tell the one from the other. A representative is not shown what
 * others looked for.
 */
import type { ShownTrace } from '../../../audit/forms/shown-trace.ts'
import { decodeUuid, encodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import { seenAmong } from '../../../storage/documents/seen-among.ts'
import { visibleDocuments } from '../../../storage/documents/visible-documents.ts'
import { visibleLists } from '../../../storage/documents/visible-lists.ts'
import type { StoredTrace } from '../../../storage/traces/search-traces.ts'
import type { TraceReader } from './trace-reader.ts'

export async function withoutUnseen(
  db: Runner,
  { patientKey, reach, sees, self }: TraceReader,
  traces: readonly StoredTrace[],
): Promise<readonly ShownTrace[]> {
  if (sees === 'all') return traces
  const documents = [...new Set(traces.flatMap((trace) => named(trace, 'DocumentReference')))]
  const lists = [...new Set(traces.flatMap((trace) => named(trace, 'List')))]
  const nothing: ReadonlySet<Uuid> = new Set()
  const asked = [...new Set(traces.flatMap((trace) => inQuery(patientKey, trace)))]
  const [seenDocuments, seenLists, known] = await Promise.all([
    sees ? visibleDocuments(db, patientKey, documents, sees) : nothing,
    sees ? visibleLists(db, patientKey, lists, sees) : nothing,
    seenAmong(db, patientKey, asked, sees),
  ])
  return traces.map((trace): ShownTrace => {
    const whole =
      named(trace, 'DocumentReference').every((id) => seenDocuments.has(id)) &&
      named(trace, 'List').every((id) => seenLists.has(id))
    if (!whole) return { ...trace, entities: [], query: '', withheld: true }
    const ofAnother = reach === 'all-but-secrets' && trace.actor !== 'REPRESENTANT_LEGAL'
    const own = trace.actor === self.actor && trace.person === self.person
    const isKept = (id: Uuid): boolean => (own ? known.get(id) !== true : known.get(id) === false)
    const tells = ofAnother ? trace.query !== '' : inQuery(patientKey, trace).some(isKept)
    return tells ? { ...trace, query: '', withheld: true } : trace
  })
}

/** Ids of this record in what was asked: no other character of an id is written otherwise in a query. */
function inQuery(patientKey: Uuid, { query }: StoredTrace): Uuid[] {
  if (query === '') return []
  const [, ...after] = query.split(`${encodeUuid(patientKey)}.`)
  return after.flatMap((text) => decodeUuid(text.slice(0, 26)) ?? [])
}

/** What a trace names of a type: `Type/[own id]/[version]`. */
function named({ entities }: StoredTrace, type: 'DocumentReference' | 'List'): Uuid[] {
  return entities.flatMap((entity) => {
    const [named, id = ''] = entity.split('/')
    const key = named === type ? decodeUuid(id) : undefined
    return key ? [key] : []
  })
}
