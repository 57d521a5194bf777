/**
 * Resources by their places, their rows locked to the end of the transaction: whoever writes one of them meanwhile waits,
 * and what is read here is what stands when it is its turn. In one order everywhere, that of the primary key, so no two transactions wait for each
 * other in a circle. Locks of rows lie in the rows, hence as many as there may be; named locks have little room.
 *
 * Row by row, by the primary key (patient_key as a parameter: no partial index fits): a join would be planned for the table
 * as it was when the connection first planned it, and read all of one that was empty then.
 *
 * NOT locked: what is not there yet. Of two transactions that make the same resource the second waits where it inserts
 * it, and `writeResources` refuses it.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { byPatient } from './by-patient.ts'
import type { Reach } from './reach.ts'
import { type ResourceRow, resourceColumns, storedResource } from './resource-row.ts'
import type { Place, StoredResource } from './stored-resource.ts'

/**
 * Deleted ones come too, with the method DELETE; those that are not there, or out of reach, are left out.
 * @param transaction the locks last until its end
 */
export async function lockResources(
  transaction: Runner,
  places: readonly Place[],
  reach: Reach,
): Promise<StoredResource[]> {
  const partitions = [...byPatient(places)].sort(([a], [b]) => (a < b ? -1 : 1))
  const found = await Promise.all(
    partitions.map(([key, some]) => lockPartition(transaction, key, some, reach)),
  )
  return found.flat()
}

async function lockPartition(
  transaction: Runner,
  patientKey: Uuid,
  places: readonly Place[],
  reach: Reach,
): Promise<StoredResource[]> {
  const rows = await transaction.run<ResourceRow>(
    sql`select l.*
      from (select distinct a.type, a.id collate "C" as id
        from unnest(${places.map((p) => p.type)}::text[], ${places.map((p) => p.id)}::text[]) as a(type, id)
        order by 1, 2) p
      cross join lateral (
        select ${resourceColumns(sql`r`)} from resource r
          where r.patient_key = ${patientKey}::uuid and r.type = p.type and r.id = p.id and ${reach.condition(sql`r`)}
          for no key update
      ) l`,
  )
  return rows.map((row) => storedResource(patientKey, row))
}
