/**
 * The documents of a record that a summary may be made of: current ones within the scope, syntheses (VSM) first, then the
 * newest.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { DocumentScope } from '../../policy/document-scope.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { documentCondition } from './document-condition.ts'

export type SyntheseDocument = {
  readonly id: Uuid
  readonly version: number
  /** Milliseconds since 1970. */
  readonly date: number
  readonly contentType: string
  readonly authors: readonly string[]
  readonly body: string
}

type Row = Omit<SyntheseDocument, 'contentType'> & { readonly content_type: string }

/** @param synthesisTypes `system|code` */
export async function syntheseDocuments(
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  synthesisTypes: readonly string[],
  limit: number,
): Promise<SyntheseDocument[]> {
  const rows = await db.run<Row>(
    sql`select d.id, d.version, d.date, d.content_type, d.authors, d.body from document d
      where d.patient_key = ${patientKey}::uuid and d.status = 'current' and not d.archived
        and ${documentCondition(scope)}
      order by (d.type = any(${[...synthesisTypes]}::text[])) desc, d.date desc, d.id desc limit ${limit}::integer`,
  )
  return rows.map(({ content_type: contentType, ...row }) => ({ ...row, contentType }))
}
