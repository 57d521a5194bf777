/** Who acts for the holder now: by what and until when. Who it is stands in the Consent; an INS is not handed on. */
import type { Uuid } from '../../fhir/id.ts'
import type { Representation } from '../../policy/facts.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type Representative = Representation & { readonly consentId: Uuid }

type Row = { readonly kind: Representation['kind']; readonly valid_until: number; readonly consent_id: Uuid }

export async function listRepresentatives(
  db: Runner,
  patientKey: Uuid,
  now: number,
): Promise<Representative[]> {
  const rows = await db.run<Row>(
    sql`select p.kind, p.valid_until, p.consent_id from representation p
      where p.patient_key = ${patientKey}::uuid and p.valid_until > ${timestamp(now)}::timestamptz
      order by p.valid_until desc, p.consent_id`,
  )
  return rows.map((row) => ({ kind: row.kind, until: row.valid_until, consentId: row.consent_id }))
}
