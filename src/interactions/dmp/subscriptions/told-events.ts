/**
 * Events as one subscriber may know of them now: a document that it may not see is not told of, a trace that names one
 * loses what it names (V7). The documents shown are named in the trace of the telling.
 */
import { renderTrace } from '../../../audit/forms/render-trace.ts'
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { holds } from '../../../policy/document-scope.ts'
import type { Runner } from '../../../storage/database.ts'
import type { OutboxEvent } from '../../../storage/subscriptions/subscription-outbox.ts'
import type { NotificationContent, StoredSubscription } from '../../../storage/subscriptions/subscriptions.ts'
import { readTrace } from '../../../storage/traces/search-traces.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { readerOf } from '../traces/trace-reader.ts'
import { withoutUnseen } from '../traces/without-unseen.ts'
import type { ToldEvent } from './notification-bundle.ts'
import type { ToldTo } from './permit-subscriber.ts'

/** Whether it may be told at all. */
export function mayBeTold({ scope }: ToldTo, { document }: OutboxEvent): boolean {
  if (!scope) return true
  return document !== undefined && holds(scope, document.facts)
}

/** @param events with their numbers; one that may not be told any more keeps its number, and says nothing */
export async function toldEvents(
  engine: DmpEngine,
  runner: Runner,
  exchange: DmpExchange,
  subscription: Pick<StoredSubscription, 'patientKey' | 'topic'>,
  content: NotificationContent,
  to: ToldTo,
  events: readonly OutboxEvent[],
): Promise<ToldEvent[]> {
  const told: ToldEvent[] = []
  for (const event of events) {
    const { number, recorded } = event
    const isSaid = content !== 'empty' && mayBeTold(to, event)
    const about = isSaid
      ? await aboutOf(engine, runner, exchange, subscription, content, to, event)
      : undefined
    told.push({ number, recorded, ...(about ? { about } : {}) })
  }
  return told
}

async function aboutOf(
  engine: DmpEngine,
  runner: Runner,
  exchange: DmpExchange,
  { patientKey, topic }: Pick<StoredSubscription, 'patientKey' | 'topic'>,
  content: NotificationContent,
  to: ToldTo,
  { subject, document }: OutboxEvent,
): Promise<ToldEvent['about']> {
  const id = formatResourceId({ patientKey, id: subject })
  if (topic === 'acces-urgence') {
    const reference = `AuditEvent/${id}`
    const request = { method: 'POST', url: 'AuditEvent' } as const
    if (content === 'id-only') return { reference, request }
    const stored = await readTrace(runner, patientKey, subject, 'all')
    if (!stored) throw new Error('A trace that is not there')
    const reader = readerOf(engine, exchange, to.record, 'all')
    const [trace = stored] = await withoutUnseen(runner, reader, [stored])
    const about = { server: engine.base, professions: engine.terminology.professions }
    return { reference, request, resource: stringifyJson(renderTrace(trace, 'balp', about)) }
  }
  if (!document) return undefined
  const reference = `DocumentReference/${id}`
  const request =
    topic === 'document-depose'
      ? ({ method: 'POST', url: 'DocumentReference' } as const)
      : ({ method: 'PATCH', url: reference } as const)
  exchange.trace.concerns('DocumentReference', encodeUuid(subject), document.version)
  return { reference, request, ...(content === 'full-resource' ? { resource: document.body } : {}) }
}
