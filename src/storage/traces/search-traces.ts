/**
 * Traces of one record, in the order of time. Their key is the record and an id that holds the time: a page is a range of
 * one index, and of the months that the dates leave.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { TraceReach } from '../../policy/rules/t4-traces.ts'
import type { Runner } from '../database.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { decodeTrace, type StoredTrace, type TraceColumns, traceColumns } from './trace-columns.ts'
import { reachCondition, type TraceCondition, traceCondition } from './trace-condition.ts'

export type { StoredTrace }

/** Which traces of which record, and for whom. */
export type TracesAsked = {
  readonly patientKey: Uuid
  readonly reach: TraceReach
  readonly condition: TraceCondition
}

export type TracePage = {
  readonly order: 'newest first' | 'oldest first'
  /** The trace with which the page before ended. */
  readonly after: Uuid | undefined
  readonly count: number
}

export async function searchTraces(
  db: Runner,
  asked: TracesAsked,
  { order, after, count }: TracePage,
): Promise<{ readonly traces: readonly StoredTrace[]; readonly more: boolean }> {
  const newestFirst = order === 'newest first'
  const beyond = !after ? sql`true` : newestFirst ? sql`a.id < ${after}::uuid` : sql`a.id > ${after}::uuid`
  const inOrder = newestFirst ? sql`a.id desc` : sql`a.id`
  const found = await db.run<TraceColumns>(
    sql`select ${traceColumns} from audit a where ${within(asked)} and ${beyond}
      order by ${inOrder} limit ${count + 1}::integer`,
  )
  return { traces: found.slice(0, count).map(decodeTrace), more: found.length > count }
}

export async function countTraces(db: Runner, asked: TracesAsked): Promise<number> {
  const [row] = await db.run<{ total: number }>(
    sql`select count(*)::integer as total from audit a where ${within(asked)}`,
  )
  return row?.total ?? 0
}

export async function readTrace(
  db: Runner,
  patientKey: Uuid,
  id: Uuid,
  reach: TraceReach,
): Promise<StoredTrace | undefined> {
  const [trace] = await db.run<TraceColumns>(
    sql`select ${traceColumns} from audit a where a.patient_key = ${patientKey}::uuid and a.id = ${id}::uuid
      and ${reachCondition(patientKey, reach)}`,
  )
  return trace && decodeTrace(trace)
}

function within({ patientKey, reach, condition }: TracesAsked): Sql {
  return joinSql(
    [
      sql`a.patient_key = ${patientKey}::uuid`,
      reachCondition(patientKey, reach),
      traceCondition(patientKey, condition),
    ],
    ' and ',
  )
}
