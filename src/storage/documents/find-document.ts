/** Documents by a business identifier, for conditional requests and references: which they are, not what they hold. */
import { spellingsOf } from '../../dmp/documents/unique-id.ts'
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

/** More than these are as good as several. */
const MOST = 10

/** @param identifier `system|value`, of the masterIdentifier, in whatever spelling, or another */
export async function findDocumentIds(
  db: Runner,
  patientKey: Uuid,
  identifier: string,
): Promise<ResourceId[]> {
  const rows = await db.run<{ id: Uuid }>(
    sql`select d.id from document d
      where d.patient_key = ${patientKey}::uuid and d.identifier @> array[${identifier}::text]
      union
      select b.id from business_identifier b
      where b.patient_key = ${patientKey}::uuid and b.type = 'document'
        and b.value = any(${spellingsOf(identifier)}::text[])
      order by id limit ${MOST}::integer`,
  )
  return rows.map(({ id }) => ({ patientKey, id }))
}

/**
 * The same in every record, of documents that one of these wrote: who sends a document knows it by its uniqueId.
 * @param uniqueId the masterIdentifier alone, `system|value`, in whatever spelling @param authors as documents name them
 */
export async function findOwnDocumentIds(
  db: Runner,
  uniqueId: string,
  authors: readonly string[],
): Promise<ResourceId[]> {
  const rows = await db.run<{ patient_key: Uuid; id: Uuid }>(
    sql`select distinct d.patient_key, d.id from business_identifier b
      join document d on d.patient_key = b.patient_key and d.id = b.id
      where b.type = 'document' and b.value = any(${spellingsOf(uniqueId)}::text[]) and d.authors && ${authors}::text[]
      order by d.patient_key, d.id limit ${MOST}::integer`,
  )
  return rows.map(({ patient_key: patientKey, id }) => ({ patientKey, id }))
}
