/** Which of these documents of a record a scope shows. */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { documentCondition } from './document-condition.ts'

export async function visibleDocuments(
  db: Runner,
  patientKey: Uuid,
  ids: readonly Uuid[],
  scope: DocumentScope,
): Promise<ReadonlySet<Uuid>> {
  if (ids.length === 0) return new Set()
  const rows = await db.run<{ id: Uuid }>(
    sql`select d.id from document d where d.patient_key = ${patientKey}::uuid and d.id = any (${ids}::uuid[])
      and ${documentCondition(scope)}`,
  )
  return new Set(rows.map(({ id }) => id))
}
