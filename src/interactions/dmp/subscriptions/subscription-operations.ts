/**
 * $status: how a subscription is doing. $events: what it was told, by number, for who missed some; decided anew, as if it
 * were told now.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html
 * @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html
 */
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import { narrowed } from '../../../policy/scope-narrowing.ts'
import { findRecord } from '../../../storage/records/record-facts.ts'
import { toldEvents as storedEvents } from '../../../storage/subscriptions/subscription-outbox.ts'
import {
  type NotificationContent,
  notificationContents,
} from '../../../storage/subscriptions/subscriptions.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf } from '../permit.ts'
import { notificationBundle, statusParameters } from './notification-bundle.ts'
import { ownSubscription } from './own-subscription.ts'
import { permitSubscriber, requireScope } from './permit-subscriber.ts'
import { subscriberExchange } from './subscriber.ts'
import { filterType } from './subscription-form.ts'
import { toldEvents } from './told-events.ts'

export async function subscriptionStatus(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
): Promise<Answer> {
  const stored = await ownSubscription(engine, exchange, id)
  exchange.trace.concerns('Subscription', encodeUuid(stored.id), stored.version)
  const url = `${engine.base}/Subscription/${formatResourceId(stored)}/$status`
  const resource = statusParameters(engine.base, stored, 'query-status', [])
  const entry = { fullUrl: `urn:uuid:${stored.id}`, resource, mode: 'match' as const }
  return { status: 200, body: searchsetBundle([{ relation: 'self', url }], [entry]) }
}

/** Events of one answer. */
const mostEvents = 100
const LARGEST = 2_147_483_647

/** @throws FhirError whatever refuses the record now */
export async function subscriptionEvents(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const asked = readAsked(pairs)
  const stored = await ownSubscription(engine, exchange, id)
  exchange.trace.asks('Subscription', queryOf(pairs))
  exchange.trace.concerns('Subscription', encodeUuid(stored.id), stored.version)
  const subscriber = { ...subscriberExchange(stored, exchange.now, exchange.trace), caller: exchange.caller }
  exchange.trace.calledBy(exchange.caller, exchange.mode, exchange.motive)
  const record = await findRecord(engine.db, stored.patientKey, askerOf(subscriber))
  requireScope(exchange, filterType(stored.topic))
  const permitted = permitSubscriber(engine, subscriber, record, stored.topic)
  // What this token covers, of what the one that subscribed did.
  const scope =
    permitted.scope && narrowed(permitted.scope, exchange.covered, engine.terminology.documentTypes)
  const to = { ...permitted, scope }
  const events = await storedEvents(engine.db, stored, asked, mostEvents)
  const content = asked.content ?? stored.content
  const told = await toldEvents(engine, engine.db, subscriber, stored, content, to, events)
  return {
    status: 200,
    body: notificationBundle(engine.base, stored, 'query-event', told, exchange.now),
  }
}

const known = ['eventsSinceNumber', 'eventsUntilNumber', 'content']

function readAsked(pairs: Pairs): {
  readonly from: number
  readonly until: number
  readonly content: NotificationContent | undefined
} {
  const stranger = pairs.find(([name]) => !known.includes(name))?.[0]
  if (stranger !== undefined) {
    const params = { name: stranger.slice(0, 64), type: '$events', known: known.join(', ') }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  const values = new Map(pairs)
  if (values.size < pairs.length) throw badValue(known.join(', '), '× 1')
  const number = (name: string, otherwise: number): number => {
    const text = values.get(name) ?? String(otherwise)
    if (!/^\d{1,10}$/.test(text) || Number(text) > LARGEST) throw badValue(name, '1, 2 …')
    return Number(text)
  }
  const text = values.get('content')
  const content = notificationContents.find((one) => one === text)
  if (text !== undefined && !content) throw badValue('content', notificationContents.join(', '))
  return {
    from: Math.max(1, number('eventsSinceNumber', 1)),
    until: number('eventsUntilNumber', LARGEST),
    content,
  }
}
