/** Which of these lists of a record a scope shows. */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { listCondition, withSeen } from './list-condition.ts'

export async function visibleLists(
  db: Runner,
  patientKey: Uuid,
  ids: readonly Uuid[],
  scope: DocumentScope,
): Promise<ReadonlySet<Uuid>> {
  if (ids.length === 0) return new Set()
  const rows = await db.run<{ id: Uuid }>(
    sql`${withSeen(patientKey, scope)} select l.id from document_list l
      where l.patient_key = ${patientKey}::uuid and l.id = any (${ids}::uuid[]) and ${listCondition}`,
  )
  return new Set(rows.map(({ id }) => id))
}
