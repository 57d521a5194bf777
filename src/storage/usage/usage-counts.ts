/**
 * Counts of usage, and up to where they count: written by one process at a time, with its place, in one transaction. About
 * nobody but for the first readings, one small row for each document that was ever read.
 * @see migrations/0012_usage.sql, docs/indicators.md
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export type StoredCount = {
  readonly measure: string
  /** `YYYY-MM-DD`, the first of a month. */
  readonly month: string
  readonly stratum: readonly string[]
  readonly count: number
}

/** In one order, and by one writer at a time: nobody waits in a circle. */
export async function addCounts(transaction: Runner, counts: readonly StoredCount[]): Promise<void> {
  if (counts.length === 0) return
  await transaction.run(
    sql`insert into usage_count as u (measure, month, stratum, count)
      select c.measure, c.month, c.stratum, c.count
      from json_to_recordset(${JSON.stringify(counts)}::json)
        as c(measure text, month date, stratum text[], count bigint)
      order by c.measure, c.month, c.stratum
      on conflict (measure, month, stratum) do update set count = u.count + excluded.count`,
  )
}

/** Those of some measures in one month. */
export async function readCounts(
  db: Runner,
  measures: readonly string[],
  month: string,
): Promise<StoredCount[]> {
  return db.run<StoredCount>(
    sql`select u.measure, u.month::text as month, u.stratum, u.count::float8 as count from usage_count u
      where u.measure = any(${measures}::text[]) and u.month = ${month}::date and u.count > 0
      order by u.measure, u.stratum`,
  )
}

export type FirstReading = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly at: number
}
type Key = Pick<FirstReading, 'patientKey' | 'id'>

export async function readFirstReadings(db: Runner, keys: readonly Key[]): Promise<FirstReading[]> {
  if (keys.length === 0) return []
  const rows = await db.run<{ patient_key: Uuid; document: Uuid; read_at: number }>(
    sql`select r.patient_key, r.document, r.read_at from unnest(${keys.map(({ patientKey }) => patientKey)}::uuid[],
        ${keys.map(({ id }) => id)}::uuid[]) as k(patient_key, document)
      join usage_first_reading r on r.patient_key = k.patient_key and r.document = k.document`,
  )
  return rows.map((row) => ({ patientKey: row.patient_key, id: row.document, at: row.read_at }))
}

export async function writeFirstReadings(
  transaction: Runner,
  readings: readonly FirstReading[],
): Promise<void> {
  if (readings.length === 0) return
  await transaction.run(
    sql`insert into usage_first_reading as r (patient_key, document, read_at)
      select k.patient_key, k.document, k.read_at from unnest(${readings.map((each) => each.patientKey)}::uuid[],
        ${readings.map(({ id }) => id)}::uuid[], ${readings.map(({ at }) => timestamp(at))}::timestamptz[])
        as k(patient_key, document, read_at)
      on conflict (patient_key, document) do update set read_at = excluded.read_at`,
  )
}

/** Every trace of before that time is counted, milliseconds since 1970; -Infinity before the first round. */
export async function readCountedUntil(db: Runner): Promise<number> {
  const [row] = await db.run<{ counted_until: number }>(sql`select p.counted_until from usage_progress p`)
  return row?.counted_until ?? Number.NEGATIVE_INFINITY
}

export async function writeCountedUntil(transaction: Runner, time: number): Promise<void> {
  await transaction.run(
    sql`update usage_progress set counted_until = ${timestamp(time)}::timestamptz where single`,
  )
}

export async function moveCursor(transaction: Runner, writer: number, seq: number): Promise<void> {
  await transaction.run(
    sql`insert into usage_cursor as c (writer, seq) values (${writer}::integer, ${seq}::integer)
      on conflict (writer) do update set seq = excluded.seq`,
  )
}
