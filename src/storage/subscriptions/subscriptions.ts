/**
 * Subscriptions as rows: what the client wrote, and how far they have come. The status in the stored body is never read;
 * the column says it.
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { type Sql, sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'

export const subscriptionTopics = ['document-depose', 'document-modifie', 'acces-urgence'] as const
export type SubscriptionTopic = (typeof subscriptionTopics)[number]
export const notificationContents = ['empty', 'id-only', 'full-resource'] as const
export type NotificationContent = (typeof notificationContents)[number]
export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off'

/** What the client chose. */
export type SubscriptionChoice = {
  readonly topic: SubscriptionTopic
  /** `patient` or `ps:…` for notices of emergency accesses, else empty. */
  readonly recipient: string
  readonly endpoint: string
  readonly content: NotificationContent
  readonly maxCount: number
  readonly timeoutSeconds: number
  /** 0: none. */
  readonly heartbeatSeconds: number
  /** Milliseconds since 1970. */
  readonly endsAt: number
  readonly body: string
  readonly sealed: Buffer
  /** The caller, as JSON. */
  readonly subscriber: string
}

export type StoredSubscription = SubscriptionChoice & {
  readonly patientKey: Uuid
  readonly id: Uuid
  readonly version: number
  readonly lastUpdated: number
  readonly status: SubscriptionStatus
  readonly owner: string
  readonly handshaken: boolean
  readonly numbered: number
  readonly failures: number
  readonly failingSince: number | null
  readonly lastError: string
  /** When something is to be done without an event. */
  readonly dueAt: number
}

/** Of `subscription s`. */
export const subscriptionColumns: Sql = sql`s.patient_key, s.id, s.version, s.last_updated, s.status, s.topic,
  s.recipient, s.owner, s.subscriber::text as subscriber, s.endpoint, s.content, s.max_count, s.timeout_seconds,
  s.heartbeat_seconds, s.ends_at, s.body, s.sealed, s.handshaken, s.numbered, s.failures, s.failing_since, s.last_error, s.due_at`

export type SubscriptionRow = {
  readonly patient_key: Uuid
  readonly id: Uuid
  readonly version: number
  readonly last_updated: number
  readonly status: SubscriptionStatus
  readonly topic: SubscriptionTopic
  readonly recipient: string
  readonly owner: string
  readonly subscriber: string
  readonly endpoint: string
  readonly content: NotificationContent
  readonly max_count: number
  readonly timeout_seconds: number
  readonly heartbeat_seconds: number
  readonly ends_at: number
  readonly body: string
  readonly sealed: Buffer
  readonly handshaken: boolean
  readonly numbered: number
  readonly failures: number
  readonly failing_since: number | null
  readonly last_error: string
  readonly due_at: number
}

export function storedSubscription(row: SubscriptionRow): StoredSubscription {
  const { patient_key, last_updated, max_count, timeout_seconds, ...rest } = row
  const { heartbeat_seconds, ends_at, failing_since, last_error, due_at, ...same } = rest
  return {
    ...same,
    patientKey: patient_key,
    lastUpdated: last_updated,
    maxCount: max_count,
    timeoutSeconds: timeout_seconds,
    heartbeatSeconds: heartbeat_seconds,
    endsAt: ends_at,
    failingSince: failing_since,
    lastError: last_error,
    dueAt: due_at,
  }
}

export type NewSubscription = SubscriptionChoice & {
  readonly patientKey: Uuid
  readonly id: Uuid
  readonly owner: string
  readonly now: number
}

export async function insertSubscription(transaction: Runner, s: NewSubscription): Promise<void> {
  const now = timestamp(s.now)
  await transaction.run(
    sql`insert into subscription (patient_key, id, version, last_updated, status, topic, recipient, owner, subscriber,
        endpoint, content, max_count, timeout_seconds, heartbeat_seconds, ends_at, body, sealed, handshaken, numbered,
        failures, last_error, not_before, due_at, leased_until)
      values (${s.patientKey}::uuid, ${s.id}::uuid, 1, ${now}::timestamptz, 'requested', ${s.topic}::text,
        ${s.recipient}::text, ${s.owner}::text, ${s.subscriber}::jsonb, ${s.endpoint}::text, ${s.content}::text,
        ${s.maxCount}::integer, ${s.timeoutSeconds}::integer, ${s.heartbeatSeconds}::integer,
        ${timestamp(s.endsAt)}::timestamptz, ${s.body}::text, ${s.sealed}::bytea, false, 0, 0, '',
        ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz)`,
  )
}

/** In one record, by anybody and by this owner: both are bounded. */
export async function countSubscriptions(
  transaction: Runner,
  patientKey: Uuid,
  owner: string,
): Promise<{ readonly all: number; readonly own: number }> {
  const [row] = await transaction.run<{ all: number; own: number }>(
    sql`select count(*)::integer as all, (count(*) filter (where s.owner = ${owner}::text))::integer as own
      from subscription s where s.patient_key = ${patientKey}::uuid`,
  )
  return row ?? { all: 0, own: 0 }
}

/** A subscription is there for its owner and for nobody else. */
export function readSubscription(
  runner: Runner,
  at: ResourceId,
  owner: string,
): Promise<StoredSubscription | undefined> {
  return findSubscription(runner, at, sql`s.owner = ${owner}::text`)
}

export function lockSubscription(
  transaction: Runner,
  at: ResourceId,
  owner: string,
): Promise<StoredSubscription | undefined> {
  return findSubscription(transaction, at, sql`s.owner = ${owner}::text for no key update of s`)
}

/** @param condition and, behind it, how its row is locked */
export async function findSubscription(
  runner: Runner,
  at: ResourceId,
  condition: Sql,
): Promise<StoredSubscription | undefined> {
  const [row] = await runner.run<SubscriptionRow>(
    sql`select ${subscriptionColumns} from subscription s
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid and ${condition}`,
  )
  return row && storedSubscription(row)
}

/** Newest first. @param before the last of the page before */
export async function listSubscriptions(
  runner: Runner,
  owner: string,
  within: { readonly patientKey: Uuid | undefined; readonly status: readonly SubscriptionStatus[] },
  before: Uuid | undefined,
  count: number,
): Promise<{ readonly found: readonly StoredSubscription[]; readonly more: boolean }> {
  const { patientKey, status } = within
  const ofRecord = patientKey ? sql`s.patient_key = ${patientKey}::uuid` : sql`true`
  const inStatus = status.length > 0 ? sql`s.status = any(${[...status]}::text[])` : sql`true`
  const beyond = before ? sql`s.id < ${before}::uuid` : sql`true`
  const rows = await runner.run<SubscriptionRow>(
    sql`select ${subscriptionColumns} from subscription s
      where s.owner = ${owner}::text and ${ofRecord} and ${inStatus} and ${beyond}
      order by s.id desc limit ${count + 1}::integer`,
  )
  return { found: rows.slice(0, count).map(storedSubscription), more: rows.length > count }
}

/**
 * What the client chose anew. It begins with a handshake again; numbers go on, for the receiver may know them.
 * @param off the client ends it, and what was still to be told with it
 */
export async function replaceSubscription(
  transaction: Runner,
  at: ResourceId,
  choice: SubscriptionChoice,
  off: boolean,
  nowMs: number,
): Promise<void> {
  const now = timestamp(nowMs)
  await transaction.run(
    sql`update subscription s set version = s.version + 1, last_updated = ${now}::timestamptz,
        status = ${off ? 'off' : 'requested'}::text, topic = ${choice.topic}::text,
        recipient = ${choice.recipient}::text, subscriber = ${choice.subscriber}::jsonb,
        endpoint = ${choice.endpoint}::text, content = ${choice.content}::text,
        max_count = ${choice.maxCount}::integer, timeout_seconds = ${choice.timeoutSeconds}::integer,
        heartbeat_seconds = ${choice.heartbeatSeconds}::integer, ends_at = ${timestamp(choice.endsAt)}::timestamptz,
        body = ${choice.body}::text, sealed = ${choice.sealed}::bytea, handshaken = false, failures = 0,
        failing_since = null, last_error = '', not_before = ${now}::timestamptz, due_at = ${now}::timestamptz,
        lease = null, leased_until = ${now}::timestamptz
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid`,
  )
  if (off) await forgetUntold(transaction, at)
}

export async function deleteSubscription(transaction: Runner, at: ResourceId): Promise<void> {
  await Promise.all([
    transaction.run(
      sql`delete from subscription_event e
        where e.patient_key = ${at.patientKey}::uuid and e.subscription = ${at.id}::uuid`,
    ),
    transaction.run(
      sql`delete from subscription s where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid`,
    ),
  ])
}

/** Ends it for good, until its owner asks anew; the reason is told to the owner. */
export async function endSubscription(
  transaction: Runner,
  at: ResourceId,
  reason: string,
  nowMs: number,
): Promise<void> {
  const now = timestamp(nowMs)
  await transaction.run(
    sql`update subscription s set version = s.version + 1, last_updated = ${now}::timestamptz, status = 'off',
        last_error = ${reason}::text, lease = null, leased_until = ${now}::timestamptz
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid and s.status <> 'off'`,
  )
  await forgetUntold(transaction, at)
}

async function forgetUntold(transaction: Runner, at: ResourceId): Promise<void> {
  await transaction.run(
    sql`delete from subscription_event e where e.patient_key = ${at.patientKey}::uuid
      and e.subscription = ${at.id}::uuid and e.state in ('pending', 'parked', 'numbered')`,
  )
}
