/**
 * Who acts for the holder of a record (rule P2): a row for each person, kept with the Consent that says so. Written under
 * the record's lock; what bears on one aidant in several records, also under the aidant's name (`lockNames`).
 */
import type { Uuid } from '../../fhir/id.ts'
import type { InsIdentifier } from '../../policy/caller.ts'
import type { Representation } from '../../policy/facts.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type NewRepresentation = Representation & {
  readonly patientKey: Uuid
  readonly person: InsIdentifier
  readonly consentId: Uuid
}

export async function writeRepresentation(transaction: Runner, named: NewRepresentation): Promise<void> {
  const { patientKey, person, kind, until, consentId } = named
  await transaction.run(
    sql`insert into representation (patient_key, system, value, kind, valid_until, consent_id)
      values (${patientKey}::uuid, ${person.system}::text, ${person.value}::text, ${kind}::text,
        ${timestamp(until)}::timestamptz, ${consentId}::uuid)
      on conflict (patient_key, system, value) do update
        set kind = excluded.kind, valid_until = excluded.valid_until, consent_id = excluded.consent_id`,
  )
}

export async function removeRepresentation(
  transaction: Runner,
  patientKey: Uuid,
  consentId: Uuid,
): Promise<void> {
  await transaction.run(
    sql`delete from representation where patient_key = ${patientKey}::uuid and consent_id = ${consentId}::uuid`,
  )
}

export type RepresentationCounts = {
  /** What this person is in this record now, or empty. */
  readonly kind: Representation['kind'] | ''
  /** Other aidants of this record, whose access is not over. */
  readonly otherAidants: number
  /** Other persons whose aidant this one is. */
  readonly otherPersons: number
}

/** @param now milliseconds since 1970: what is over counts no more */
export async function countRepresentations(
  transaction: Runner,
  patientKey: Uuid,
  person: InsIdentifier,
  now: number,
): Promise<RepresentationCounts> {
  const valid = sql`p.valid_until > ${timestamp(now)}::timestamptz`
  const same = sql`p.system = ${person.system}::text and p.value = ${person.value}::text`
  const here = sql`p.patient_key = ${patientKey}::uuid`
  const [row] = await transaction.run<{ kind: RepresentationCounts['kind'] | null } & Record<string, number>>(
    sql`select (select p.kind from representation p where ${here} and ${same} and ${valid}) as kind,
        (select count(*)::integer from representation p
          where ${here} and p.kind = 'AIDANT' and ${valid} and not (${same})) as aidants,
        (select count(*)::integer from representation p
          where ${same} and p.kind = 'AIDANT' and ${valid} and not (${here})) as persons`,
  )
  return { kind: row?.kind ?? '', otherAidants: row?.aidants ?? 0, otherPersons: row?.persons ?? 0 }
}
