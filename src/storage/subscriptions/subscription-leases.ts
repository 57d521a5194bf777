/**
 * Which process tells a subscriber, now: it takes a lease on the subscription, sends without holding a connection, and
 * settles. One that dies in between lets the lease run out, and another sends the same numbers again. What comes too late,
 * after the lease has gone to another, settles nothing.
 */
import type { ResourceId, Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'
import { timestamp } from '../timestamp.ts'
import {
  findSubscription,
  type StoredSubscription,
  type SubscriptionRow,
  storedSubscription,
  subscriptionColumns,
} from './subscriptions.ts'

/** How many may be told at once: in all, of one receiver, and of those that are being told now, how many more. */
export type Room = {
  readonly all: number
  readonly ofOne: number
  readonly left: ReadonlyMap<string, number>
}

/** Scheme, host and port of an endpoint, as `receiver` below has them. */
export function receiverOf(endpoint: string): string {
  return (/^[A-Za-z]+:\/\/[^/?#]+/.exec(endpoint)?.[0] ?? '').toLowerCase()
}

const receiver = sql`lower(coalesce(substring(s.endpoint from '^[A-Za-z]+://[^/?#]+'), ''))`

/**
 * Subscriptions that have something to be told or done, whose time has come, and which nobody else is at; of one receiver
 * no more than there is room for, so that one that is slow leaves room for others.
 * A lease lasts as long as the receiver may take, and `marginSeconds` to prepare and to settle.
 * Over all records: on a distributed database it asks every shard, as every job does.
 */
export async function leaseDue(
  runner: Runner,
  lease: Uuid,
  nowMs: number,
  marginSeconds: number,
  room: Room,
): Promise<StoredSubscription[]> {
  const now = sql`${timestamp(nowMs)}::timestamptz`
  const [receivers, left] = [[...room.left.keys()], [...room.left.values()]]
  const full = receivers.filter((_, i) => left[i] === 0)
  const hasRoom = sql`${receiver} <> all (${full}::text[])`
  const limit = room.all
  const rows = await runner.run<SubscriptionRow>(
    sql`with due as (
        (select s.patient_key, s.id from subscription s
          where s.status <> 'off' and s.due_at <= ${now} and s.leased_until <= ${now}
            and ${hasRoom}
          order by s.due_at limit ${limit}::integer)
        union
        -- offset 0: each by its key, and never all subscriptions because many have something pending.
        (select e.patient_key, e.subscription from (
            select e.patient_key, e.subscription, min(e.recorded) as oldest from subscription_event e
              where e.state = 'pending' group by e.patient_key, e.subscription) e
          cross join lateral (
            select from subscription s where s.patient_key = e.patient_key and s.id = e.subscription
              and s.status <> 'off' and s.not_before <= ${now} and s.leased_until <= ${now} and ${hasRoom} offset 0) s
          order by e.oldest limit ${limit}::integer)
      ), ranked as (
        select d.patient_key, d.id, ${receiver} as receiver,
            row_number() over (partition by ${receiver} order by s.due_at, s.id) as place
          from due d join subscription s on s.patient_key = d.patient_key and s.id = d.id
      ), free as (
        select s.patient_key, s.id from ranked d
        left join unnest(${receivers}::text[], ${left}::integer[]) as r(receiver, room) on r.receiver = d.receiver
        join subscription s on s.patient_key = d.patient_key and s.id = d.id
        where s.status <> 'off' and s.leased_until <= ${now} and d.place <= coalesce(r.room, ${room.ofOne}::integer)
        limit ${limit}::integer for no key update of s skip locked
      )
      update subscription s set lease = ${lease}::uuid,
          leased_until = ${now} + make_interval(secs => s.timeout_seconds + ${marginSeconds}::integer)
        from free f where s.patient_key = f.patient_key and s.id = f.id
        returning ${subscriptionColumns}`,
  )
  return rows.map(storedSubscription)
}

/** The subscription as it is now, while the lease is ours; held until the transaction ends. */
export function lockLeased(
  transaction: Runner,
  at: ResourceId,
  lease: Uuid,
): Promise<StoredSubscription | undefined> {
  const ours = sql`s.lease = ${lease}::uuid and s.status <> 'off' for no key update of s`
  return findSubscription(transaction, at, ours)
}

/** The receiver has taken it. @param dueAt when something is to be done without an event */
export async function settleReceived(
  transaction: Runner,
  at: ResourceId,
  lease: Uuid,
  nowMs: number,
  dueAt: number,
): Promise<boolean> {
  const now = sql`${timestamp(nowMs)}::timestamptz`
  const rows = await transaction.run(
    sql`update subscription s set handshaken = true, failures = 0, failing_since = null, last_error = '',
        version = s.version + case when s.status = 'active' then 0 else 1 end,
        last_updated = case when s.status = 'active' then s.last_updated else ${now} end,
        status = 'active', not_before = ${now}, due_at = ${timestamp(dueAt)}::timestamptz, lease = null,
        leased_until = ${now}
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid and s.lease = ${lease}::uuid
        and s.status <> 'off' returning s.id`,
  )
  return rows.length === 1
}

/** Nothing was to be told, or nothing could be decided: the lease is given back. */
export async function giveBack(
  transaction: Runner,
  at: ResourceId,
  lease: Uuid,
  nowMs: number,
  next: { readonly notBefore: number; readonly dueAt: number },
): Promise<void> {
  await transaction.run(
    sql`update subscription s set not_before = ${timestamp(next.notBefore)}::timestamptz,
        due_at = ${timestamp(next.dueAt)}::timestamptz, lease = null, leased_until = ${timestamp(nowMs)}::timestamptz
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid and s.lease = ${lease}::uuid`,
  )
}

/** It was not taken, or so it seems: again at `retryAt`. @param reason a code, of which nothing is personal */
export async function settleFailed(
  transaction: Runner,
  at: ResourceId,
  lease: Uuid,
  reason: string,
  nowMs: number,
  retryAt: number,
): Promise<void> {
  const now = sql`${timestamp(nowMs)}::timestamptz`
  await transaction.run(
    sql`update subscription s set failures = s.failures + 1, failing_since = coalesce(s.failing_since, ${now}),
        last_error = ${reason}::text, version = s.version + case when s.status = 'error' then 0 else 1 end,
        last_updated = case when s.status = 'error' then s.last_updated else ${now} end,
        status = 'error', not_before = ${timestamp(retryAt)}::timestamptz,
        due_at = ${timestamp(retryAt)}::timestamptz, lease = null, leased_until = ${now}
      where s.patient_key = ${at.patientKey}::uuid and s.id = ${at.id}::uuid and s.lease = ${lease}::uuid
        and s.status <> 'off'`,
  )
}
