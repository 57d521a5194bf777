/**
 * Who did what in a record, by person, structure and actor: counted in one pass over its traces since a day, by mode, by
 * outcome and by what was done.
 */
import { accessModes } from '../../dmp/matrices/functional-matrix.ts'
import { timeOfUuid, type Uuid } from '../../fhir/id.ts'
import type { AccessMode } from '../../policy/caller.ts'
import type { TraceReach } from '../../policy/rules/t4-traces.ts'
import type { Runner } from '../database.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { actorCodes, modeCodes, namesOf } from './trace-codes.ts'
import { reachCondition } from './trace-condition.ts'
import { since as sinceTime } from './trace-time-condition.ts'

/** Requests of each outcome. */
export type Outcomes = { readonly done: number; readonly refused: number; readonly failed: number }

export type AccessSummary = Outcomes & {
  /** `ps:…`, `patient`, `rp:…`, or empty. */
  readonly person: string
  /** `st:…`, or empty. */
  readonly organization: string
  readonly actor: string
  /** Of those done: what was read or looked for, and what was deposited or changed. */
  readonly reads: number
  readonly writes: number
  /** Milliseconds since 1970. */
  readonly first: number
  readonly last: number
  readonly modes: readonly (Outcomes & { readonly mode: AccessMode })[]
}

/** Where a page ended: the last trace counted is of one of them alone. */
export type AccessPosition = { readonly last: Uuid }

type Row = {
  readonly person: string
  readonly organization: string
  readonly actor: string
  readonly first: Uuid
  readonly last: Uuid
  readonly writes: number
  /** For each mode: done, refused, failed. */
  readonly counts: readonly number[]
}

export type SummaryAsked = {
  /** Milliseconds since 1970, included. */
  readonly since: number
  readonly after: AccessPosition | undefined
  readonly limit: number
  /** Codes of the interactions that write. */
  readonly writing: readonly number[]
}

export async function summariseTraces(
  db: Runner,
  patientKey: Uuid,
  reach: TraceReach,
  { since, after, limit, writing }: SummaryAsked,
): Promise<readonly (AccessSummary & { readonly position: AccessPosition })[]> {
  const beyond: Sql = after ? sql`${last} < ${after.last}::text` : sql`true`
  const counts = joinSql(
    accessModes.flatMap((mode) =>
      [sql`a.status < 400`, sql`a.status between 400 and 499`, sql`a.status >= 500`].map(
        (outcome) => sql`count(*) filter (where a.mode = ${modeCodes[mode]}::"char" and ${outcome})::integer`,
      ),
    ),
    ', ',
  )
  const rows = await db.run<Row>(
    sql`select a.person, a.organization, a.actor, ${first} as first, ${last} as last,
        count(*) filter (where a.status < 400 and a.interaction = any (${writing}::smallint[]))::integer as writes,
        array[${counts}] as counts
      from audit a
      where a.patient_key = ${patientKey}::uuid and ${sinceTime(since)} and ${reachCondition(patientKey, reach)}
      group by a.person, a.organization, a.actor
      having ${beyond}
      order by ${last} desc
      limit ${limit}::integer`,
  )
  return rows.map(summary)
}

/** As text in the order of its characters, which is that of the key: PostgreSQL 15 has no least of several UUIDs. */
const first: Sql = sql`min(a.id::text collate "C")`
const last: Sql = sql`max(a.id::text collate "C")`

const actors = namesOf<string>(actorCodes)

function summary({ person, organization, actor, first, last, writes, counts }: Row) {
  const modes = accessModes.map((mode, i) => ({
    mode,
    done: counts[3 * i] ?? 0,
    refused: counts[3 * i + 1] ?? 0,
    failed: counts[3 * i + 2] ?? 0,
  }))
  const total = (of: keyof Outcomes): number => modes.reduce((sum, mode) => sum + mode[of], 0)
  const done = total('done')
  return {
    person,
    organization,
    actor: actors.get(actor) ?? '',
    done,
    refused: total('refused'),
    failed: total('failed'),
    reads: done - writes,
    writes,
    first: timeOfUuid(first),
    last: timeOfUuid(last),
    modes: modes.filter(({ done, refused, failed }) => done + refused + failed > 0),
    position: { last },
  }
}
