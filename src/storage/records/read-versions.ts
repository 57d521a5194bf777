/** The versions of one resource of a record, newest first: the current one and those before it. */
import type { ResourceId } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import type { StoredVersion } from '../documents/read-document.ts'
import { sql } from '../sql.ts'

type VersionRow = { readonly version: number; readonly last_updated: number; readonly body: string }

/** @param before only versions older than this one */
export async function readVersions(
  db: Runner,
  type: string,
  { patientKey, id }: ResourceId,
  before: number | undefined,
  count: number,
): Promise<{ readonly versions: readonly StoredVersion[]; readonly more: boolean }> {
  const limit = before ?? null
  const rows = await db.run<VersionRow>(
    sql`select v.version, v.last_updated, v.body from (
        select c.version, c.last_updated, c.body from resource c
          where c.patient_key = ${patientKey}::uuid and c.type = ${type}::text and c.id = ${id}::text
        union all
        select o.version, o.last_updated, o.body from resource_version o
          where o.patient_key = ${patientKey}::uuid and o.type = ${type}::text and o.id = ${id}::text
      ) v
      where ${limit}::integer is null or v.version < ${limit}::integer
      order by v.version desc limit ${count + 1}::integer`,
  )
  return {
    versions: rows
      .slice(0, count)
      .map(({ last_updated: lastUpdated, ...version }) => ({ ...version, lastUpdated })),
    more: rows.length > count,
  }
}
