/**
 * Records of people born on a day, of one sex, whose family name at birth is that or sounds near it (F4). Read off the
 * index by birth date: some thousand people in the whole country.
 * `%` of pg_trgm is not used: its threshold is a setting of the session.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { type Asker, type FactsRow, factsColumns, type KnownRecord, knownRecord } from './record-facts.ts'

export type TraitsCandidate = {
  readonly patientKey: Uuid
  readonly record: KnownRecord
  readonly traitsFolded: string
  /** 0 to 1: how many groups of three letters the family names share. */
  readonly nearness: number
  /** The Patient, as stored. */
  readonly version: number
  readonly body: string
}

type Row = FactsRow & {
  readonly patient_key: Uuid
  readonly traits_folded: string
  readonly nearness: number
  readonly version: number
  readonly body: string
}

/** @param family folded, without spaces */
export async function matchRecords(
  db: Runner,
  asked: { readonly family: string; readonly birthDate: string; readonly sex: string },
  asker: Asker,
  limit: number,
): Promise<TraitsCandidate[]> {
  const rows = await db.run<Row>(
    sql`with near as (
        select r.patient_key, similarity(replace(split_part(r.traits_folded, '/', 1), ' ', ''),
            ${asked.family}::text) as nearness
          from record r
          where r.birth_date = ${asked.birthDate}::date and r.sex = ${asked.sex}::text and r.status = 'open'
      ), nearest as (
        select n.patient_key, n.nearness from near n where n.nearness >= ${LEAST_NEARNESS}::real
          order by n.nearness desc, n.patient_key limit ${limit}::integer
      )
      select n.patient_key, n.nearness, r.traits_folded, p.version, p.body, ${factsColumns(asker)}
        from nearest n
        join record r on r.patient_key = n.patient_key
        join resource p on p.patient_key = n.patient_key and p.type = 'Patient' and p.id = n.patient_key::text
        order by n.nearness desc, n.patient_key`,
  )
  return rows.map((row) => ({
    patientKey: row.patient_key,
    record: knownRecord(row),
    traitsFolded: row.traits_folded,
    nearness: row.nearness,
    version: row.version,
    body: row.body,
  }))
}

/** One wrong letter in seven leaves about this much: `martinez`, `martines` share 0.6. */
const LEAST_NEARNESS = 0.45
