/** A resource of a record that is no document: Patient, List, Consent. */
import type { ResourceId } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import type { StoredVersion } from '../documents/read-document.ts'
import { sql } from '../sql.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'

export type ResourceInRecord = { readonly record: KnownRecord; readonly resource?: StoredVersion }

type ResourceRow = FactsRow & {
  readonly version: number | null
  readonly last_updated: number
  readonly body: string
}

/** @param version undefined for the current one @returns undefined when the record itself is unknown */
export async function readResource(
  db: Runner,
  type: string,
  at: ResourceId,
  version: number | undefined,
  asker: Asker,
): Promise<ResourceInRecord | undefined> {
  const wanted = version ?? null
  const [row] = await db.run<ResourceRow>(
    sql`select ${factsColumns(asker)}, v.version, v.last_updated, v.body from record r
      left join lateral (
        select c.version, c.last_updated, c.body from resource c
          where c.patient_key = r.patient_key and c.type = ${type}::text and c.id = ${at.id}::text
            and (${wanted}::integer is null or c.version = ${wanted}::integer)
        union all
        select o.version, o.last_updated, o.body from resource_version o
          where o.patient_key = r.patient_key and o.type = ${type}::text and o.id = ${at.id}::text
            and o.version = ${wanted}::integer
      ) v on true
      where r.patient_key = ${at.patientKey}::uuid`,
  )
  if (!row) return undefined
  const record = knownRecord(row)
  return row.version === null
    ? { record }
    : { record, resource: { version: row.version, lastUpdated: row.last_updated, body: row.body } }
}
