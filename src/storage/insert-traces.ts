/**
 * The rows of `audit`: inserted, never changed. Many at once, because traces of concurrent requests share a commit. A trace
 * whose transaction was committed although its answer was lost is there already: it stays as it is.
 */
import type { Uuid } from '../fhir/id.ts'
import type { Notice } from '../policy/decision.ts'
import type { Runner } from './database.ts'
import { type Sql, sql } from './sql.ts'
import { emergencyEvents } from './subscription-events.ts'

/** One request, as the table keeps it; texts are empty when there is nothing to say. */
export type TraceRow = {
  readonly patient_key: Uuid
  /** ISO 8601, UTC, milliseconds. */
  readonly recorded: string
  readonly id: Uuid
  readonly interaction: string
  /** C R U D E, as AuditEvent.action. */
  readonly action: string
  /** 0 success, 4 refused, 8 failed, as AuditEvent.outcome. */
  readonly outcome: string
  readonly status: number
  readonly error: string
  readonly actor: string
  readonly authentication: string
  readonly person: string
  readonly organization: string
  readonly client: string
  readonly on_behalf_of: Uuid | null
  readonly mode: string
  readonly motive: string
  readonly rules: readonly string[]
  readonly resource_type: string
  /** `Type/id/_history/version` of what was shown or written, bounded. */
  readonly entities: readonly string[]
  readonly query: string
  readonly request_id: string
  readonly network: string
  /** What it must tell (rule A10): rows of their own, in the same statement. */
  readonly notices: readonly Notice[]
}

export async function insertTraces(runner: Runner, rows: readonly TraceRow[]): Promise<void> {
  const insert = insertion(rows)
  const notices = noticesOf(rows)
  if (notices.length === 0) {
    await runner.run(insert)
    return
  }
  const notify = sql`insert into notice (patient_key, key, id, recorded, recipient, kind, trace, person, organization, mode,
      motive, entities)
    select n.patient_key, n.key, gen_random_uuid(), n.recorded, n.recipient, n.kind, n.trace, n.person,
      n.organization, n.mode, n.motive, n.entities
    from json_to_recordset(${JSON.stringify(notices)}::json) as n(patient_key uuid, key text,
      recorded timestamptz, recipient text, kind text, trace uuid, person text, organization text, mode text,
      motive text, entities text[])
    on conflict do nothing`
  const emergency = rows.some((row) =>
    row.notices.some(({ kind }) => kind === 'bris_de_glace' || kind === 'centre_15'),
  )
  await runner.run(
    emergency
      ? sql`with traced as (${insert}), noticed as (${notify} returning patient_key, recipient, kind, trace, recorded)
          ${emergencyEvents}`
      : sql`with traced as (${insert}) ${notify}`,
  )
}

function insertion(rows: readonly TraceRow[]): Sql {
  return sql`insert into audit (patient_key, recorded, id, interaction, action, outcome, status, error, actor,
        authentication, person, organization, client, on_behalf_of, mode, motive, rules, resource_type, entities,
        query, request_id, network)
      select t.patient_key, t.recorded, t.id, t.interaction, t.action, t.outcome, t.status, t.error, t.actor,
        t.authentication, t.person, t.organization, t.client, t.on_behalf_of, t.mode, t.motive, t.rules,
        t.resource_type, t.entities, t.query, t.request_id, t.network
      from json_to_recordset(${JSON.stringify(rows)}::json) as t(patient_key uuid, recorded timestamptz, id uuid,
        interaction text, action text, outcome text, status smallint, error text, actor text, authentication text,
        person text, organization text, client text, on_behalf_of uuid, mode text, motive text, rules text[],
        resource_type text, entities text[], query text, request_id text, network text)
      on conflict do nothing`
}

/** In one order, so that two groups with the same notices wait for each other and do not deadlock. */
function noticesOf(rows: readonly TraceRow[]): object[] {
  return rows
    .flatMap(({ notices, ...trace }) => notices.map((notice) => ({ ...trace, ...notice, trace: trace.id })))
    .sort((a, b) => (a.patient_key + a.key < b.patient_key + b.key ? -1 : 1))
}
