/**
 * The notices that traces owe (rule A10), in the statement that inserts the traces: rows of `notice`, each told once by its
 * key; what is new among them goes to the outbox, from where it is delivered, and to those who subscribed to emergencies.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Notice } from '../../policy/decision.ts'
import type { Write } from '../connection/run-together.ts'
import { type Sql, sql } from '../sql.ts'
import { emergencyEvents } from '../subscriptions/subscription-events.ts'

/** What a notice keeps of the trace that owes it. */
type OwingTrace = {
  readonly patient_key: Uuid
  readonly recorded: string
  readonly id: Uuid
  readonly person: string
  readonly organization: string
  readonly mode: string
  readonly motive: string
  readonly entities: readonly string[]
  readonly notices: readonly Notice[]
}

type OwedNotice = Omit<OwingTrace, 'id' | 'notices'> & Notice & { readonly trace: Uuid }

/** To be written with the traces; nothing when nothing is owed. */
export function owedNotices(rows: readonly OwingTrace[]): Write[] {
  const notices = noticesOf(rows)
  if (notices.length === 0) return []
  const [only, another] = notices
  const noticed = sql`insert into notice (patient_key, key, id, recorded, recipient, kind, trace, person, organization, mode,
      motive, entities)
    ${only && !another ? sql`values (${valuesOf(only)})` : recordsOf(notices)}
    on conflict do nothing returning patient_key, key, recipient, kind, trace, recorded`
  const owed = sql`insert into notice_outbox (patient_key, key) select n.patient_key, n.key from noticed n
    on conflict do nothing`
  const emergency = rows.some((row) =>
    row.notices.some(({ kind }) => kind === 'bris_de_glace' || kind === 'centre_15'),
  )
  return [
    { name: 'noticed', statement: noticed },
    ...(emergency ? [{ name: 'told', statement: emergencyEvents }] : []),
    { name: 'owed', statement: owed },
  ]
}

/** Most requests that owe a notice owe one: nothing is to be taken apart. */
function valuesOf(n: OwedNotice): Sql {
  return sql`${n.patient_key}::uuid, ${n.key}::text, gen_random_uuid(), ${n.recorded}::timestamptz, ${n.recipient}::text,
    ${n.kind}::text, ${n.trace}::uuid, ${n.person}::text, ${n.organization}::text, ${n.mode}::text, ${n.motive}::text,
    ${n.entities}::text[]`
}

function recordsOf(notices: readonly OwedNotice[]): Sql {
  return sql`select n.patient_key, n.key, gen_random_uuid(), n.recorded, n.recipient, n.kind, n.trace, n.person,
      n.organization, n.mode, n.motive, n.entities
    from json_to_recordset(${JSON.stringify(notices)}::json) as n(patient_key uuid, key text,
      recorded timestamptz, recipient text, kind text, trace uuid, person text, organization text, mode text,
      motive text, entities text[])`
}

/** In one order, so that two groups with the same notices wait for each other and do not deadlock. */
function noticesOf(traces: readonly OwingTrace[]): OwedNotice[] {
  return traces
    .flatMap(({ notices, id, patient_key, recorded, person, organization, mode, motive, entities }) =>
      notices.map(({ key, kind, recipient }) => ({
        ...{ patient_key, key, recorded, recipient, kind, trace: id },
        ...{ person, organization, mode, motive, entities },
      })),
    )
    .sort((a, b) => (a.patient_key + a.key < b.patient_key + b.key ? -1 : 1))
}
