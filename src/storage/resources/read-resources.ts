/**
 * Resources by their places. Deleted ones come too, with the method DELETE: what that means is for the caller to say.
 * A version is within reach when the resource, as it is today, is.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { byPatient } from './by-patient.ts'
import { inPartition } from './partition.ts'
import type { Reach } from './reach.ts'
import { type ResourceRow, resourceColumns, storedResource } from './resource-row.ts'
import type { Place, StoredResource } from './stored-resource.ts'

export async function readResource(
  db: Runner,
  place: Place,
  reach: Reach,
): Promise<StoredResource | undefined> {
  const [row] = await db.run<ResourceRow>(
    sql`select ${resourceColumns(sql`r`)} from resource r
      where ${inPartition(sql`r`, place.patientKey)} and r.type = ${place.type}::text and r.id = ${place.id}::text
        and ${reach.condition(sql`r`)}`,
  )
  return row && storedResource(place.patientKey, row)
}

export async function readResourceVersion(
  db: Runner,
  place: Place,
  version: number,
  reach: Reach,
): Promise<StoredResource | undefined> {
  const [row] = await db.run<ResourceRow>(
    sql`select v.* from resource r
      cross join lateral (
        select ${resourceColumns(sql`r`)} where r.version = ${version}::integer
        union all
        select ${resourceColumns(sql`o`)} from resource_version o
          where o.patient_key = r.patient_key and o.type = r.type and o.id = r.id and o.version = ${version}::integer
      ) v
      where ${inPartition(sql`r`, place.patientKey)} and r.type = ${place.type}::text and r.id = ${place.id}::text
        and ${reach.condition(sql`r`)}`,
  )
  return row && storedResource(place.patientKey, row)
}

/** In the order asked; each once; those that are not there are left out. */
export async function readResources(
  db: Runner,
  places: readonly Place[],
  reach: Reach,
): Promise<StoredResource[]> {
  const found = await Promise.all(
    [...byPatient(places)].map(([key, some]) => readPartition(db, key, some, reach)),
  )
  const byName = new Map(found.flat().map((resource) => [nameOf(resource), resource]))
  const names = new Set(places.map(nameOf))
  return [...names].flatMap((name) => byName.get(name) ?? [])
}

/** Looked up one by one, by the primary key: see lock-resources.ts. */
async function readPartition(
  db: Runner,
  patientKey: Uuid,
  places: readonly Place[],
  reach: Reach,
): Promise<StoredResource[]> {
  const rows = await db.run<ResourceRow>(
    sql`select f.*
      from (select distinct a.type, a.id
        from unnest(${places.map((p) => p.type)}::text[], ${places.map((p) => p.id)}::text[]) as a(type, id)) p
      cross join lateral (
        select ${resourceColumns(sql`r`)} from resource r
          where r.patient_key = ${patientKey}::uuid and r.type = p.type and r.id = p.id and ${reach.condition(sql`r`)}
          offset 0
      ) f`,
  )
  return rows.map((row) => storedResource(patientKey, row))
}

function nameOf({ patientKey, type, id }: Place): string {
  return `${patientKey}/${type}/${id}`
}
