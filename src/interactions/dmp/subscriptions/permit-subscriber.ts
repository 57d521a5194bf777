/**
 * What a subscriber may be told, now: of documents those that it could search (F8, with all that narrows it), of emergency
 * accesses all, if it is whom they must be told to (A10). The same question when it subscribes and at each delivery.
 * @see docs/policy.md A10, V7; docs/subscriptions.md "Who"
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import { emergencyRecipient } from '../../../policy/rules/a10-recipient.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { SubscriptionTopic } from '../../../storage/subscriptions/subscriptions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permit } from '../permit.ts'

export type ToldTo = {
  readonly record: KnownRecord
  /** Of the documents. Of traces that name them, too. */
  readonly scope: DocumentScope | undefined
  /** As notices name whom they are for; empty where there are none. */
  readonly recipient: string
}

/** @throws FhirError the refusal */
export function permitSubscriber(
  engine: DmpEngine,
  exchange: DmpExchange,
  found: KnownRecord | undefined,
  topic: SubscriptionTopic,
): ToldTo {
  if (topic !== 'acces-urgence') {
    const { record, scope } = permit(engine, exchange, found, 'search-documents')
    return { record, scope, recipient: '' }
  }
  const { record } = permit(engine, exchange, found, 'read-traces')
  const recipient = emergencyRecipient({ caller: exchange.caller, ...record })
  if (typeof recipient === 'object') throw recipient.refusal
  return { record, scope: undefined, recipient }
}

/** The scope of what notifications hold, beside that of Subscription itself. @throws FhirError 403 */
export function requireScope({ caller }: DmpExchange, type: string): void {
  const has = caller.scopes.some(
    ({ resourceType, interactions }) =>
      (resourceType === '*' || resourceType === type) && interactions.includes('r'),
  )
  if (!has) throw refusal('forbidden', 'portee-insuffisante', { params: { need: `${type}.r` } })
}
