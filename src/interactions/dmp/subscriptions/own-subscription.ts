/**
 * A subscription for who made it, with the status of now: one whose subscriber may no longer read the record is off, and
 * says so whenever it is asked, event or none. So its end tells nothing of what has come (V7).
 */
import { FhirError } from '../../../fhir/fhir-error.ts'
import { parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import { findRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import {
  endSubscription,
  lockSubscription,
  readSubscription,
  type StoredSubscription,
} from '../../../storage/subscriptions/subscriptions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { permitSubscriber } from './permit-subscriber.ts'
import { actsForSame, subscriberExchange } from './subscriber.ts'

/** @throws FhirError 404 for another's, or none */
export async function ownSubscription(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
): Promise<StoredSubscription> {
  exchange.trace.asks('Subscription')
  const at = parseResourceId(id)
  const stored = at && (await readSubscription(engine.db, at, exchange.caller.key))
  if (!stored || !actsForSame(stored, exchange.caller)) throw unknown()
  return current(engine, exchange, stored)
}

/** As it stands now. */
export async function current(
  engine: DmpEngine,
  exchange: DmpExchange,
  stored: StoredSubscription,
): Promise<StoredSubscription> {
  const asked = exchange.trace.part(engine.newId(exchange.now))
  const subscriber = subscriberExchange(stored, exchange.now, asked)
  const record = await findRecord(engine.db, stored.patientKey, askerOf(subscriber))
  exchange.trace.inRecord(stored.patientKey, record?.holder ?? false, record?.representedBy)
  if (stored.status === 'off') return stored
  const reason =
    stored.endsAt <= exchange.now
      ? 'end'
      : refusalOf(() => permitSubscriber(engine, subscriber, record, stored.topic))
  return reason === undefined ? stored : end(engine, exchange, stored, reason)
}

/** The code of what refuses, undefined for nothing. @throws what is no refusal but a fault */
export function refusalOf(ask: () => unknown): string | undefined {
  try {
    ask()
    return undefined
  } catch (error) {
    if (error instanceof FhirError && error.status < 500) return error.issues[0].error
    throw error
  }
}

async function end(
  engine: DmpEngine,
  exchange: DmpExchange,
  stored: StoredSubscription,
  reason: string,
): Promise<StoredSubscription> {
  const at: ResourceId = { patientKey: stored.patientKey, id: stored.id }
  return engine.db.transaction(async (transaction) => {
    await lockRecord(transaction, at.patientKey, askerOf(exchange), 'share')
    await endSubscription(transaction, at, reason, exchange.now)
    return (await lockSubscription(transaction, at, stored.owner)) ?? stored
  })
}
