/** Of documents that are counted, what the counts ask: of whatever records, hidden or not, for nobody to see but as a number. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

type Key = { readonly patientKey: Uuid; readonly id: Uuid }

export type UsageDocument = Key & {
  /** `system|code` */
  readonly type: string
  /** `system|code`, empty where it is not said. */
  readonly facility: string
  readonly authors: readonly string[]
  /** When it was made, milliseconds since 1970. */
  readonly created: number | undefined
}

/** Those that are there still. */
export async function readUsageDocuments(db: Runner, keys: readonly Key[]): Promise<UsageDocument[]> {
  if (keys.length === 0) return []
  const rows = await db.run<{
    patient_key: Uuid
    id: Uuid
    type: string
    facility: string
    authors: string[]
    created: number | null
  }>(
    sql`select d.patient_key, d.id, d.type, d.facility, d.authors, d.creation_from as created
      from unnest(${keys.map(({ patientKey }) => patientKey)}::uuid[], ${keys.map(({ id }) => id)}::uuid[])
        as k(patient_key, id)
      join document d on d.patient_key = k.patient_key and d.id = k.id`,
  )
  return rows.map(({ patient_key: patientKey, created, ...row }) => ({
    ...row,
    patientKey,
    created: created ?? undefined,
  }))
}
