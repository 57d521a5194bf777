/** Which of these ids are of documents of a record that a scope hides: by their own id, that of their content, or of a list. */
import type { Uuid } from '../fhir/id.ts'
import type { DocumentScope } from '../policy/document-scope.ts'
import type { Runner } from './database.ts'
import { documentCondition } from './document-condition.ts'
import { listCondition, withSeen } from './list-condition.ts'
import { sql } from './sql.ts'

/** @param scope undefined: it hides every one */
export async function hiddenAmong(
  db: Runner,
  patientKey: Uuid,
  ids: readonly Uuid[],
  scope: DocumentScope | undefined,
): Promise<ReadonlySet<Uuid>> {
  if (ids.length === 0) return new Set()
  const seen = scope ?? nothing
  const rows = await db.run<{ id: Uuid }>(
    sql`${withSeen(patientKey, seen)}
      -- offset 0: that a document is invisible must not be looked up among all invisible ones there are (document_pending).
      select n.id from (
          select * from document d where d.patient_key = ${patientKey}::uuid
            and (d.id = any (${ids}::uuid[]) or d.binary_id = any (${ids}::uuid[])) offset 0) d
        cross join unnest(array[d.id, d.binary_id]) as n(id)
        where not (${documentCondition(seen)})
      union all
      select l.id from document_list l
        where l.patient_key = ${patientKey}::uuid and l.id = any (${ids}::uuid[])
          and not coalesce(${listCondition}, false)`,
  )
  return new Set(rows.map(({ id }) => id))
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
