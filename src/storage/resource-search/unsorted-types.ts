/**
 * Types of which some resources were written before there were codes that sort. A page in the order of a token would leave
 * them out: it is refused, until `dmp reindex` has been through all of the type.
 * @see docs/decisions/0017
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import type { Asked } from './asked.ts'

/** @throws FhirError not-supported */
export async function refuseUnsorted(
  db: Runner,
  { patientKey }: Pick<Asked, 'patientKey'>,
  type: string,
): Promise<void> {
  const found = await db.run(
    sql`select from search_unsorted u where u.patient_key = ${patientKey}::uuid and u.type = ${type}::text`,
  )
  if (found.length > 0)
    throw refusal('not-supported', 'non-pris-en-charge', {
      params: { what: `${type}?_sort=[token] (dmp reindex --type ${type})` },
    })
}

/** To be told when every resource of the type has been indexed anew. */
export async function sortsFromNowOn(db: Runner, patientKey: Uuid, type: string): Promise<void> {
  await db.run(
    sql`delete from search_unsorted u where u.patient_key = ${patientKey}::uuid and u.type = ${type}::text`,
  )
}
