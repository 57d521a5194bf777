/**
 * Where a record stands: the version of its facts, and the clock that every change of its documents moves (decision 0014).
 * Two databases in which both agree hold the same documents of it. The clock moves in the transaction of the change, so that
 * one snapshot never shows one without the other.
 *
 * NOT covered by it: lists and folders, which may change without a document (the clock then stands still).
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../runner.ts'
import { type Sql, sql } from '../sql.ts'

export type RecordState = { readonly patientKey: Uuid; readonly version: number }

/** Told once: DATABASE_READ_URL does not lead to a replica. */
export const unstreamed =
  'The database of DATABASE_READ_URL is no replica (it is not in recovery): the primary answers'

/** Of the clock, to the microsecond; null for a record that never had a document. */
export type RecordPosition = string | null

export async function positionOf(primary: Runner, patientKey: Uuid): Promise<RecordPosition> {
  const [row] = await primary.run<{ at: string }>(
    sql`select c.at::text as at from document_clock c where c.patient_key = ${patientKey}::uuid`,
  )
  return row?.at ?? null
}

export type AnswerAsOf<Row> = {
  /** Whether it is a replica at all. */
  readonly isStreaming: boolean
  /** Undefined: the record does not stand there as it does on the primary. */
  readonly rows: (readonly Row[] & Row[]) | undefined
}

type Marked = { readonly as_of: boolean; readonly streaming: boolean; readonly is_row: true | null }

/** The rows of a statement, if the record stands there: looked at in the same statement, hence in the same snapshot. */
export async function rowsAsOf<Row>(
  replica: Runner,
  { patientKey, version }: RecordState,
  at: RecordPosition,
  statement: Sql,
): Promise<AnswerAsOf<Row>> {
  const marked = await replica.run<Row & Marked>(sql`with state as materialized (
      select pg_is_in_recovery() as streaming,
        exists (select from record r where r.patient_key = ${patientKey}::uuid and r.version = ${version}::integer)
        and (select c.at from document_clock c where c.patient_key = ${patientKey}::uuid)
          is not distinct from ${at}::timestamptz as as_of)
    select s.streaming, s.as_of, q.* from state s
      left join lateral (select true as is_row, a.* from (${statement}) a) q on s.streaming and s.as_of`)
  const [first] = marked
  if (!first?.streaming || !first.as_of) return { isStreaming: first?.streaming === true, rows: undefined }
  return { isStreaming: true, rows: first.is_row ? marked : [] }
}
