/** Who did what in a record, by person, structure and actor: counted in one pass over its traces since a day. */
import type { Uuid } from '../fhir/id.ts'
import type { Runner } from './database.ts'
import type { TraceReach } from './search-traces.ts'
import { type Sql, sql } from './sql.ts'
import { timestamp } from './timestamp.ts'

export type AccessSummary = {
  /** `ps:…`, `patient`, or empty. */
  readonly person: string
  /** `st:…`, or empty. */
  readonly organization: string
  readonly actor: string
  /** Requests of each outcome. */
  readonly done: number
  readonly refused: number
  readonly failed: number
  /** Milliseconds since 1970. */
  readonly first: number
  readonly last: number
  readonly modes: readonly string[]
}

/** Where a page ended. */
export type AccessPosition = Pick<AccessSummary, 'last' | 'person' | 'organization' | 'actor'>

export async function summariseTraces(
  db: Runner,
  patientKey: Uuid,
  reach: TraceReach,
  {
    since,
    after,
    limit,
  }: {
    /** Milliseconds since 1970, included. */
    readonly since: number
    readonly after: AccessPosition | undefined
    readonly limit: number
  },
): Promise<AccessSummary[]> {
  const whose: Sql = reach === 'all' ? sql`true` : sql`a.person = ${reach.person}::text`
  const beyond: Sql = after
    ? sql`(max(a.recorded), a.person, a.organization, a.actor) <
        (${timestamp(after.last)}::timestamptz, ${after.person}::text, ${after.organization}::text, ${after.actor}::text)`
    : sql`true`
  return db.run<AccessSummary>(
    sql`select a.person, a.organization, a.actor,
        count(*) filter (where a.outcome = '0')::integer as done,
        count(*) filter (where a.outcome = '4')::integer as refused,
        count(*) filter (where a.outcome not in ('0', '4'))::integer as failed,
        min(a.recorded) as first, max(a.recorded) as last, array_agg(distinct a.mode) as modes
      from audit a
      where a.patient_key = ${patientKey}::uuid and a.recorded >= ${timestamp(since)}::timestamptz and ${whose}
      group by a.person, a.organization, a.actor
      having ${beyond}
      order by max(a.recorded) desc, a.person desc, a.organization desc, a.actor desc
      limit ${limit}::integer`,
  )
}
