/**
 * Of these ids those of documents of a record, of their contents and of its lists, and whether a scope shows them. An id
 * that nobody gave out is not among them.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { documentCondition } from './document-condition.ts'
import { listCondition, withSeen } from './list-condition.ts'

/** @param scope undefined: it hides every one */
export async function seenAmong(
  db: Runner,
  patientKey: Uuid,
  ids: readonly Uuid[],
  scope: DocumentScope | undefined,
): Promise<ReadonlyMap<Uuid, boolean>> {
  if (ids.length === 0) return new Map()
  const shown = scope ?? nothing
  const rows = await db.run<{ id: Uuid; seen: boolean }>(
    sql`${withSeen(patientKey, shown)}
      -- offset 0: that a document is invisible must not be looked up among all invisible ones there are (document_pending).
      select n.id, (${documentCondition(shown)}) as seen from (
          select * from document d where d.patient_key = ${patientKey}::uuid
            and (d.id = any (${ids}::uuid[]) or d.binary_id = any (${ids}::uuid[])) offset 0) d
        cross join unnest(array[d.id, d.binary_id]) as n(id)
      union all
      select l.id, coalesce(${listCondition}, false) from document_list l
        where l.patient_key = ${patientKey}::uuid and l.id = any (${ids}::uuid[])`,
  )
  return new Map(rows.map(({ id, seen }) => [id, seen]))
}

const nothing: DocumentScope = {
  types: new Set<string>(),
  onlyOwn: false,
  masked: 'none',
  invisiblePatient: false,
  invisibleLegal: 'hidden',
  withdrawn: false,
  self: [],
}
