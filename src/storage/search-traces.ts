/** Traces of one record, newest first. A trace's id holds its time: reading one touches one partition. */
import { timeOfUuid, type Uuid } from '../fhir/id.ts'
import type { Criterion } from '../search/search-expression.ts'
import type { TimePosition } from '../search/time-position.ts'
import type { Runner } from './database.ts'
import type { TraceRow } from './insert-traces.ts'
import { dateCondition } from './search-sql/date-condition.ts'
import { joinSql, type Sql, sql } from './sql.ts'
import { timestamp } from './timestamp.ts'

/** As stored; `recorded` in milliseconds since 1970. */
export type StoredTrace = Omit<TraceRow, 'recorded' | 'notices'> & { readonly recorded: number }
/** Whose accesses may be shown. */
export type TraceReach = 'all' | { readonly person: string }

const columns: Sql = sql`a.patient_key, a.recorded, a.id, a.interaction, a.action, a.outcome, a.status, a.error, a.actor,
  a.authentication, a.person, a.organization, a.client, a.on_behalf_of, a.mode, a.motive, a.rules, a.resource_type,
  a.entities, a.query, a.request_id, a.network`

export async function searchTraces(
  db: Runner,
  patientKey: Uuid,
  reach: TraceReach,
  criteria: readonly Criterion[],
  after: TimePosition | undefined,
  count: number,
): Promise<{ readonly traces: readonly StoredTrace[]; readonly more: boolean }> {
  const beyond = after
    ? sql`(a.recorded, a.id) < (${timestamp(after.at)}::timestamptz, ${after.id}::uuid)`
    : sql`true`
  const dates = criteria.map((criterion) => {
    if (criterion.kind !== 'date') throw new Error(`AuditEvent?${criterion.parameter} has no column`)
    const at = sql`a.recorded`
    return sql`(${joinSql(
      criterion.values.map((value) => dateCondition(at, at, value)),
      ' or ',
    )})`
  })
  const where = joinSql([sql`a.patient_key = ${patientKey}::uuid`, within(reach), ...dates, beyond], ' and ')
  const found = await db.run<StoredTrace>(
    sql`select ${columns} from audit a where ${where} order by a.recorded desc, a.id desc limit ${count + 1}::integer`,
  )
  return { traces: found.slice(0, count), more: found.length > count }
}

export async function readTrace(
  db: Runner,
  patientKey: Uuid,
  id: Uuid,
  reach: TraceReach,
): Promise<StoredTrace | undefined> {
  const [trace] = await db.run<StoredTrace>(
    sql`select ${columns} from audit a where a.patient_key = ${patientKey}::uuid
      and a.recorded = ${timestamp(timeOfUuid(id))}::timestamptz and a.id = ${id}::uuid and ${within(reach)}`,
  )
  return trace
}

function within(reach: TraceReach): Sql {
  return reach === 'all' ? sql`true` : sql`a.person = ${reach.person}::text`
}
