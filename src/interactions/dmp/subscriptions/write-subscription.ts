/**
 * create, update and delete of a Subscription. Whoever may search the documents of one record may be told of what comes;
 * of emergency accesses the patient and the médecin traitant (A10).
 * @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/ and docs/subscriptions.md
 */
import type { Subscription } from '@medplum/fhirtypes'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import type { Runner, Transaction } from '../../../storage/database.ts'
import { findRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { keepBackHidden } from '../../../storage/subscriptions/subscription-events.ts'
import {
  countSubscriptions,
  deleteSubscription,
  insertSubscription,
  lockSubscription,
  replaceSubscription,
  type StoredSubscription,
  type SubscriptionChoice,
} from '../../../storage/subscriptions/subscriptions.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body, Input } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { permitSubscriber, requireScope, type ToldTo } from './permit-subscriber.ts'
import { actsForSame, subscriberOf } from './subscriber.ts'
import { keptBody, type Sealed, subscriptionAnswer } from './subscription-body.ts'
import { filterType, MASKED, readSubscriptionForm, type SubscriptionForm } from './subscription-form.ts'

/** Of our own: each event is written once for each subscription. */
export const mostSubscriptions = { own: 5, all: 50 } as const
const MAX_CHARACTERS = 65_536

export async function createSubscription(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Subscription')
  const { resource, form } = readRequest(engine, exchange, sent)
  if (form.headers.some(([, value]) => value === MASKED)) throw masked()
  const at = { patientKey: await permitted(engine, exchange, form), id: engine.newId(exchange.now) }
  const owner = exchange.caller.key
  const secret = engine.subscriptions.newSecret()
  const created = await engine.db.transaction(async (transaction) => {
    const locked = await lockRecord(transaction, at.patientKey, askerOf(exchange), 'change')
    const told = permitSubscriber(engine, exchange, locked, form.topic)
    const count = await countSubscriptions(transaction, at.patientKey, owner)
    for (const who of ['own', 'all'] as const)
      if (count[who] >= mostSubscriptions[who])
        throw refusal('conflict', 'abonnement-nombre', { params: { limit: mostSubscriptions[who] } })
    const sealed = await seal(engine, transaction, at, { secret, headers: form.headers })
    const choice = choiceOf(exchange, form, told.recipient, keptBody(resource, form.headers), sealed)
    await insertSubscription(transaction, { ...choice, ...at, owner, now: exchange.now })
    await begin(transaction, at, form, told)
    await trace(exchange, transaction, at, 1, 201)
    return choice
  })
  exchange.trace.durable = true
  const beginning = { version: 1, lastUpdated: exchange.now, status: 'requested', lastError: '' } as const
  // Whatever the client prefers: the secret is told now or never.
  return subscriptionAnswer(201, { ...created, ...at, ...beginning }, secret)
}

export async function updateSubscription(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, body, ifMatch }: Input,
): Promise<Answer> {
  exchange.trace.asks('Subscription')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const { resource, form } = readRequest(engine, exchange, body)
  if (resource.id !== id) throw refusal('structure', 'id-divergent', { expression: 'Subscription.id' })
  const changed = await engine.db.transaction(async (transaction) => {
    // No deposit is under way while it begins again, which neither tells it nor lies there to be found.
    const record = await lockRecord(
      transaction,
      at.patientKey,
      askerOf(exchange),
      form.off ? 'share' : 'change',
    )
    const stored = await lockOwn(transaction, exchange, at)
    exchange.trace.inRecord(at.patientKey, record?.holder ?? false, record?.representedBy)
    refuseUnlessMet(ifMatch === undefined ? {} : { ifMatch }, { method: 'PUT', version: stored.version })
    if (form.topic !== stored.topic || form.patientKey !== at.patientKey)
      throw refusal('conflict', 'abonnement-immuable', { expression: 'Subscription.criteria' })
    // To end it needs no right; to go on, the one that it began with.
    const told = form.off ? undefined : permitSubscriber(engine, exchange, record, form.topic)
    const { secret, headers } = await opened(engine, transaction, stored)
    const kept = form.headers.map(([name, value]) => [name, keptValue(headers, name, value)] as const)
    const sealed = await seal(engine, transaction, at, { secret, headers: kept })
    const recipient = told?.recipient ?? stored.recipient
    const choice = choiceOf(exchange, form, recipient, keptBody(resource, kept), sealed)
    const version = stored.version + 1
    await replaceSubscription(transaction, at, choice, form.off, exchange.now)
    if (told) await begin(transaction, at, form, told)
    await trace(exchange, transaction, at, version, 200)
    return { ...stored, ...choice, version, status: form.off ? ('off' as const) : ('requested' as const) }
  })
  exchange.trace.durable = true
  return subscriptionAnswer(200, { ...changed, lastUpdated: exchange.now, lastError: '' })
}

export async function endSubscription(engine: DmpEngine, exchange: DmpExchange, id: string): Promise<Answer> {
  exchange.trace.asks('Subscription')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  await engine.db.transaction(async (transaction) => {
    const record = await lockRecord(transaction, at.patientKey, askerOf(exchange), 'share')
    const { version } = await lockOwn(transaction, exchange, at)
    exchange.trace.inRecord(at.patientKey, record?.holder ?? false, record?.representedBy)
    await deleteSubscription(transaction, at)
    await trace(exchange, transaction, at, version, 204)
  })
  exchange.trace.durable = true
  return { status: 204 }
}

async function begin(
  transaction: Runner,
  at: ResourceId,
  { topic }: SubscriptionForm,
  { scope }: ToldTo,
): Promise<void> {
  if (topic === 'document-depose' && scope) await keepBackHidden(transaction, at, scope)
}

/** What is sealed with a subscription, and for it alone. */
export async function opened(
  engine: Pick<DmpEngine, 'subscriptions'>,
  transaction: Runner,
  { patientKey, id, sealed }: Pick<StoredSubscription, 'patientKey' | 'id' | 'sealed'>,
): Promise<Sealed> {
  // Sealed below, and by nobody else.
  return JSON.parse(
    await engine.subscriptions.open(transaction, patientKey, sealed, aboutOf({ patientKey, id })),
  ) as Sealed
}

function seal(engine: DmpEngine, transaction: Runner, at: ResourceId, what: Sealed): Promise<Buffer> {
  return engine.subscriptions.seal(transaction, at.patientKey, JSON.stringify(what), aboutOf(at))
}

function aboutOf({ patientKey, id }: ResourceId): string {
  return `${patientKey} ${id}`
}

function readRequest(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): { readonly resource: JsonObject; readonly form: SubscriptionForm } {
  if (sent && 'text' in sent && sent.text.length > MAX_CHARACTERS)
    throw refusal('too-long', 'trop-long', { params: { what: 'Subscription', limit: MAX_CHARACTERS } })
  if (exchange.mode !== 'normal') throw refusal('invalid', 'abonnement-mode')
  const resource = readBodyOf(engine, sent, 'Subscription')
  refuseFaults(validate(resource, engine.registry, { loaded: engine.profiles }))
  // `validate` found no fault: it is a Subscription.
  const subscription = resource as unknown as Subscription
  const form = readSubscriptionForm(subscription, engine.base, engine.subscriptions, exchange.now)
  if ('issues' in form) throw new FhirError('unprocessable', form.issues)
  requireScope(exchange, filterType(form.topic))
  return { resource, form }
}

/** Asked before any lock. @returns the record @throws FhirError the refusal, 404 when there is no such record */
async function permitted(
  engine: DmpEngine,
  exchange: DmpExchange,
  form: SubscriptionForm,
): Promise<StoredSubscription['patientKey']> {
  const { patientKey } = form
  const record = patientKey && (await findRecord(engine.db, patientKey, askerOf(exchange)))
  return permitSubscriber(engine, exchange, record, form.topic).record.facts.patientKey
}

async function lockOwn(
  transaction: Transaction,
  exchange: DmpExchange,
  at: ResourceId,
): Promise<StoredSubscription> {
  const stored = await lockSubscription(transaction, at, exchange.caller.key)
  if (!stored || !actsForSame(stored, exchange.caller)) throw unknown()
  return stored
}

function choiceOf(
  exchange: DmpExchange,
  { off: _, patientKey: __, headers: ___, ...same }: SubscriptionForm,
  recipient: string,
  body: string,
  sealed: Buffer,
): SubscriptionChoice {
  return { ...same, recipient, body, sealed, subscriber: subscriberOf(exchange) }
}

/** @throws FhirError 422 for a masked value of which none was kept */
function keptValue(known: Sealed['headers'], name: string, value: string): string {
  if (value !== MASKED) return value
  const kept = known.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1]
  if (kept === undefined) throw masked()
  return kept
}

function masked(): FhirError {
  return refusal('unprocessable', 'abonnement-entete', {
    params: { limit: 5 },
    expression: 'Subscription.channel.header',
  })
}

async function trace(
  exchange: DmpExchange,
  transaction: Transaction,
  at: ResourceId,
  version: number,
  status: number,
): Promise<void> {
  exchange.trace.concernsOnly([{ type: 'Subscription', id: encodeUuid(at.id), version }])
  await insertTraces(transaction, [exchange.trace.row(status, '')])
}
