/**
 * The next events of a subscription, as its subscriber may know of them now, with their numbers. What was numbered and is
 * not known to be received comes first and alone, the very same numbers again. What may not be told gets no number, so
 * that no gap betrays it (V7): a deposit waits until the document changes, a change is forgotten.
 *
 * An event that was sent once and may no longer be told keeps its number and loses what it is about: the receiver may
 * have it, and a number given anew would be taken for it.
 */
import type { Transaction } from '../../../storage/database.ts'
import {
  eventsToTell,
  keepBack,
  numberEvents,
  type OutboxEvent,
} from '../../../storage/subscriptions/subscription-outbox.ts'
import type { StoredSubscription } from '../../../storage/subscriptions/subscriptions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { ToldEvent } from './notification-bundle.ts'
import type { ToldTo } from './permit-subscriber.ts'
import { mayBeTold, toldEvents } from './told-events.ts'

export async function prepareEvents(
  engine: DmpEngine,
  transaction: Transaction,
  exchange: DmpExchange,
  subscription: StoredSubscription,
  to: ToldTo,
): Promise<{ readonly events: readonly ToldEvent[]; readonly numbered: number }> {
  const { content, maxCount, numbered } = subscription
  const again = await eventsToTell(transaction, subscription, 'numbered', maxCount)
  const said = (events: readonly OutboxEvent[]): Promise<ToldEvent[]> =>
    toldEvents(engine, transaction, exchange, subscription, content, to, events)
  if (again.length > 0) return { events: await said(again), numbered: again.at(-1)?.number ?? numbered }
  for (;;) {
    const pending = await eventsToTell(transaction, subscription, 'pending', maxCount)
    const visible = pending.filter((event) => mayBeTold(to, event))
    const hidden = pending.filter((event) => !visible.includes(event)).map(({ focus }) => focus)
    if (hidden.length > 0) {
      const fate = subscription.topic === 'document-depose' ? 'park' : 'forget'
      await keepBack(transaction, subscription, hidden, fate)
    }
    if (visible.length > 0) {
      const first = numbered + 1
      const focuses = visible.map(({ focus }) => focus)
      await numberEvents(transaction, subscription, first, focuses, exchange.now)
      const events = await said(visible.map((event, i) => ({ ...event, number: first + i })))
      return { events, numbered: first + events.length - 1 }
    }
    if (pending.length === 0) return { events: [], numbered }
  }
}
