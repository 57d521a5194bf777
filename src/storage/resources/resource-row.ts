/** A row of `resource` or `resource_version`, as statements give it. */
import type { Uuid } from '../../fhir/id.ts'
import { type Sql, sql } from '../sql.ts'
import type { StoredResource, WriteMethod } from './stored-resource.ts'

export type ResourceRow = {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly last_updated: number
  readonly method: WriteMethod
  readonly body: string
}

export function resourceColumns(alias: Sql): Sql {
  return sql`${alias}.type, ${alias}.id, ${alias}.version, ${alias}.last_updated, ${alias}.method, ${alias}.body`
}

export function storedResource(patientKey: Uuid, row: ResourceRow): StoredResource {
  const { type, id, version, method, body } = row
  return { patientKey, type, id, version, lastUpdated: row.last_updated, method, body }
}
