/**
 * Which process tells whom of what, now: the oldest that is still to be told of each recipient and channel is leased, sent
 * without holding a connection, and settled. A process that dies in between lets the lease run out, and another sends the
 * same again. What comes too late, after the lease has gone to another, settles nothing.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { NoticeKind } from '../../policy/decision.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export const noticeChannels = ['mail', 'webhook'] as const
export type NoticeChannel = (typeof noticeChannels)[number]

export type NoticeAt = { readonly patientKey: Uuid; readonly key: string; readonly channel: NoticeChannel }

export type LeasedNotice = NoticeAt & {
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly failures: number
}

type LeasedRow = {
  readonly patient_key: Uuid
  readonly key: string
  readonly channel: NoticeChannel
  readonly recorded: number
  readonly failures: number
}

/** One for each recipient, and only while nothing older is to be told. @param seconds how long the lease lasts */
export async function leaseNotices(
  runner: Runner,
  channel: NoticeChannel,
  lease: Uuid,
  nowMs: number,
  seconds: number,
  limit: number,
): Promise<LeasedNotice[]> {
  const now = sql`${timestamp(nowMs)}::timestamptz`
  const rows = await runner.run<LeasedRow>(
    sql`with due as (
        select d.patient_key, d.key, d.channel from notice_delivery d
        where d.channel = ${channel}::text and d.state = 'pending' and d.not_before <= ${now}
          and d.leased_until <= ${now}
          and not exists (select from notice_delivery e where e.patient_key = d.patient_key
            and e.recipient = d.recipient and e.channel = d.channel and e.state = 'pending'
            and (e.recorded, e.key) < (d.recorded, d.key))
        order by d.not_before limit ${limit}::integer for no key update of d skip locked
      )
      update notice_delivery d set lease = ${lease}::uuid,
          leased_until = ${now} + make_interval(secs => ${seconds}::integer)
        from due where d.patient_key = due.patient_key and d.key = due.key and d.channel = due.channel
        returning d.patient_key, d.key, d.channel, d.recorded, d.failures`,
  )
  return rows.map(({ patient_key: patientKey, ...same }) => ({ ...same, patientKey }))
}

/** A notice as it is owed, and what there is to say about it now. */
export type OwedNotice = {
  readonly id: Uuid
  readonly patientKey: Uuid
  readonly kind: NoticeKind
  /** `patient`; the médecin traitant, or who is written to, as `ps:…`; a structure that is written to, as `st:…`. */
  readonly recipient: string
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly trace: Uuid
  readonly noticesOfChanges: boolean
  readonly medecinTraitant: string
  /** `YYYY-MM-DD`. */
  readonly birthDate: string
  /** The Patient, as text. */
  readonly patient: string
  /** Of the document it tells of, as it is now; false where it tells of none. */
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
}

type OwedRow = {
  readonly id: Uuid
  readonly kind: NoticeKind
  readonly recipient: string
  readonly recorded: number
  readonly trace: Uuid
  readonly notices_of_changes: boolean
  readonly medecin_traitant: string
  readonly birth_date: string
  readonly patient: string | null
  readonly invisible_patient: boolean
  readonly invisible_legal: boolean
}

/** @param document that the notice tells of, if any @returns undefined when the record was destroyed */
export async function readOwedNotice(
  runner: Runner,
  { patientKey, key }: NoticeAt,
  document: Uuid | undefined,
): Promise<OwedNotice | undefined> {
  const [row] = await runner.run<OwedRow>(
    sql`select n.id, n.kind, n.recipient, n.recorded, n.trace, r.notices_of_changes, r.medecin_traitant,
        to_char(r.birth_date, 'YYYY-MM-DD') as birth_date, p.body as patient,
        coalesce(d.invisible_patient, false) as invisible_patient,
        coalesce(d.invisible_legal, false) as invisible_legal
      from notice n
      join record r on r.patient_key = n.patient_key
      left join resource p on p.patient_key = n.patient_key and p.type = 'Patient' and p.id = ${patientKey}::text
      left join document d on d.patient_key = n.patient_key and d.id = ${document ?? null}::uuid
      where n.patient_key = ${patientKey}::uuid and n.key = ${key}::text`,
  )
  if (!row) return undefined
  const { notices_of_changes: noticesOfChanges, medecin_traitant: medecinTraitant, ...rest } = row
  const { birth_date: birthDate, invisible_patient: invisiblePatient, ...same } = rest
  const { invisible_legal: invisibleLegal, patient, ...asTheyAre } = same
  return {
    ...asTheyAre,
    patientKey,
    noticesOfChanges,
    medecinTraitant,
    birthDate,
    patient: patient ?? '{}',
    invisiblePatient,
    invisibleLegal,
  }
}

/** It was handed on, or is not to be sent, or is given up. @param reason a code; empty for what was sent */
export async function settleNotice(
  runner: Runner,
  at: NoticeAt,
  lease: Uuid,
  state: 'sent' | 'withheld' | 'dead',
  reason: string,
  nowMs: number,
): Promise<void> {
  const now = timestamp(nowMs)
  await runner.run(
    sql`update notice_delivery d set state = ${state}::text, last_error = ${reason}::text,
        settled_at = ${now}::timestamptz, lease = null, leased_until = ${now}::timestamptz where ${ours(at, lease)}`,
  )
}

/**
 * It was not taken, or so it seems: again at `retryAt`, and what the same recipient is to be told after it not before.
 * @param reason a code, of which nothing is personal
 */
export async function settleNoticeFailed(
  runner: Runner,
  at: NoticeAt,
  lease: Uuid,
  reason: string,
  nowMs: number,
  retryAt: number,
): Promise<void> {
  const retry = sql`${timestamp(retryAt)}::timestamptz`
  await runner.run(
    sql`with failed as (
        update notice_delivery d set failures = d.failures + 1, last_error = ${reason}::text, not_before = ${retry},
          lease = null, leased_until = ${timestamp(nowMs)}::timestamptz where ${ours(at, lease)}
          returning d.patient_key, d.key, d.channel, d.recipient
      )
      update notice_delivery d set not_before = greatest(d.not_before, ${retry}) from failed f
        where d.patient_key = f.patient_key and d.recipient = f.recipient and d.channel = f.channel
          and d.key <> f.key and d.state = 'pending'`,
  )
}

/** Nothing is known of it: at once, or at `notBefore`, by whoever comes first. */
export async function giveNoticeBack(
  runner: Runner,
  at: NoticeAt,
  lease: Uuid,
  nowMs: number,
  notBefore: number,
): Promise<void> {
  await runner.run(
    sql`update notice_delivery d set not_before = ${timestamp(notBefore)}::timestamptz, lease = null,
        leased_until = ${timestamp(nowMs)}::timestamptz where ${ours(at, lease)}`,
  )
}

function ours({ patientKey, key, channel }: NoticeAt, lease: Uuid): Sql {
  return sql`d.patient_key = ${patientKey}::uuid and d.key = ${key}::text and d.channel = ${channel}::text
    and d.lease = ${lease}::uuid and d.state = 'pending'`
}
