/**
 * One notification to one subscriber: what is due is prepared in one transaction, in which policy decides anew, numbers
 * are given and the trace is written; sent without a connection held; settled in another. Nothing leaves before its trace
 * is durable (T2). What was numbered is sent again with the same numbers until it is received: told at least once, in
 * order. A process that dies in between loses its lease, and another sends the same again.
 * @see docs/decisions/0016 and docs/subscriptions.md
 */
import { Trace } from '../audit/trace.ts'
import type { ResourceId, Uuid } from '../fhir/id.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { askerOf } from '../interactions/dmp/permit.ts'
import { notificationBundle } from '../interactions/dmp/subscriptions/notification-bundle.ts'
import { refusalOf } from '../interactions/dmp/subscriptions/own-subscription.ts'
import { permitSubscriber, type ToldTo } from '../interactions/dmp/subscriptions/permit-subscriber.ts'
import { prepareEvents } from '../interactions/dmp/subscriptions/prepare-events.ts'
import { subscriberExchange } from '../interactions/dmp/subscriptions/subscriber.ts'
import type { Delivery } from '../interactions/dmp/subscriptions/subscription-settings.ts'
import { opened } from '../interactions/dmp/subscriptions/write-subscription.ts'
import type { Transaction } from '../storage/database.ts'
import { lockRecord } from '../storage/records/record-facts.ts'
import {
  giveBack,
  leaseDue,
  lockLeased,
  type Room,
  settleFailed,
  settleReceived,
} from '../storage/subscriptions/subscription-leases.ts'
import { markReceived } from '../storage/subscriptions/subscription-outbox.ts'
import { endSubscription, type StoredSubscription } from '../storage/subscriptions/subscriptions.ts'
import { insertTraces } from '../storage/traces/insert-traces.ts'
import { retryAfter } from './retry-after.ts'

export type Due = { readonly subscription: StoredSubscription; readonly lease: Uuid }

/** Beyond the time that the receiver has: to prepare and to settle. */
const MARGIN_SECONDS = 10

export async function takeDue(engine: DmpEngine, now: number, room: Room): Promise<Due[]> {
  const lease = engine.newId(now)
  const leased = await leaseDue(engine.db, lease, now, MARGIN_SECONDS, room)
  return leased.map((subscription) => ({ subscription, lease }))
}

export async function deliver(
  engine: DmpEngine,
  due: Due,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  const at = due.subscription
  try {
    const prepared = await engine.db.transaction((transaction) => prepare(engine, transaction, due, now()))
    if (!prepared) return
    const { endpoint, timeoutSeconds } = prepared.subscription
    const { body, headers } = prepared
    const delivery = await engine.subscriptions.send({
      endpoint,
      body,
      headers,
      timeoutMs: timeoutSeconds * 1000,
      signal,
    })
    await engine.db.transaction((transaction) => settle(transaction, prepared, due.lease, delivery, now()))
  } catch (error) {
    // Ours, not the receiver's: not soon again, and told to the operator.
    const later = now() + retryAfter(due.subscription.failures + 1)
    await engine.db.transaction((transaction) =>
      giveBack(transaction, at, due.lease, now(), { notBefore: later, dueAt: later }),
    )
    throw error
  }
}

type Prepared = {
  readonly subscription: StoredSubscription
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The last number in it; 0 for none. */
  readonly upTo: number
}

/** @returns undefined when there is nothing to send */
async function prepare(
  engine: DmpEngine,
  transaction: Transaction,
  { subscription: due, lease }: Due,
  now: number,
): Promise<Prepared | undefined> {
  const trace = new Trace({
    id: engine.newId(now),
    recorded: now,
    interaction: 'deliver-notification',
    requestId: '',
    network: new URL(due.endpoint).hostname,
    chain: engine.chain,
  })
  trace.asks('Subscription')
  const exchange = subscriberExchange(due, now, trace)
  const at: ResourceId = { patientKey: due.patientKey, id: due.id }
  const record = await lockRecord(transaction, at.patientKey, askerOf(exchange), 'share')
  const subscription = await lockLeased(transaction, at, lease)
  if (!subscription) return undefined
  if (subscription.endsAt <= now) return end(transaction, at, 'end', now)
  let to: ToldTo | undefined
  const refused = refusalOf(() => {
    to = permitSubscriber(engine, exchange, record, subscription.topic)
  })
  if (refused !== undefined || !to) return end(transaction, at, refused ?? 'inconnu', now)
  const { secret, headers } = await opened(engine, transaction, subscription)
  const written = (body: string, upTo: number): Prepared => ({
    subscription,
    body,
    upTo,
    headers: {
      ...Object.fromEntries(headers),
      'DMP-Signature': engine.subscriptions.signatureOf(secret, Math.floor(now / 1000), body),
    },
  })
  if (!subscription.handshaken)
    return written(notificationBundle(engine.base, subscription, 'handshake', [], now), 0)
  const { events, numbered } = await prepareEvents(engine, transaction, exchange, subscription, to)
  if (events.length > 0) {
    await insertTraces(transaction, [trace.row(200, '')])
    const about = { ...subscription, numbered, status: 'active', lastError: '' }
    const body = notificationBundle(engine.base, about, 'event-notification', events, now)
    return written(body, events.at(-1)?.number ?? 0)
  }
  // A receiver that failed is told again that it is remembered, as is one that wants to hear of us now and then.
  if (subscription.dueAt <= now && (subscription.heartbeatSeconds > 0 || subscription.status !== 'active'))
    return written(notificationBundle(engine.base, subscription, 'heartbeat', [], now), 0)
  const dueAt = subscription.dueAt > now ? subscription.dueAt : nextDue(subscription, now)
  await giveBack(transaction, at, lease, now, { notBefore: now, dueAt })
  return undefined
}

async function end(
  transaction: Transaction,
  at: ResourceId,
  reason: string,
  now: number,
): Promise<undefined> {
  await endSubscription(transaction, at, reason, now)
  return undefined
}

/** When there is something to do without an event: the heartbeat, or the end. */
function nextDue({ heartbeatSeconds, endsAt }: StoredSubscription, now: number): number {
  return heartbeatSeconds > 0 ? Math.min(endsAt, now + heartbeatSeconds * 1000) : endsAt
}

/** How long a receiver may fail before the subscription ends; its owner may ask anew. */
const PATIENCE = 3 * 24 * 60 * 60 * 1000

async function settle(
  transaction: Transaction,
  { subscription, upTo }: Prepared,
  lease: Uuid,
  delivery: Delivery,
  now: number,
): Promise<void> {
  const at: ResourceId = { patientKey: subscription.patientKey, id: subscription.id }
  switch (delivery.outcome) {
    case 'received': {
      const due = nextDue(subscription, now)
      if ((await settleReceived(transaction, at, lease, now, due)) && upTo > 0)
        await markReceived(transaction, at, upTo)
      return
    }
    case 'interrupted':
      return giveBack(transaction, at, lease, now, { notBefore: now, dueAt: now })
    case 'gone':
      if (await lockLeased(transaction, at, lease)) await endSubscription(transaction, at, 'http-410', now)
      return
    case 'failed': {
      const { failingSince, failures } = subscription
      const { reason, retryAfterSeconds = 0 } = delivery
      if (failingSince !== null && now - failingSince > PATIENCE) {
        if (await lockLeased(transaction, at, lease)) await endSubscription(transaction, at, reason, now)
        return
      }
      const wait = Math.max(retryAfter(failures + 1), Math.min(retryAfterSeconds * 1000, 3_600_000))
      return settleFailed(transaction, at, lease, reason, now, now + wait)
    }
  }
}
