/**
 * A notification, and the answers of $status and $events: a status as Parameters, and what it is about, in the R4 form of
 * the backport. Texts are put together, so that a document stands in it as it is stored.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
 */
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import type { StoredSubscription } from '../../../storage/subscriptions/subscriptions.ts'
import { BACKPORT, topicUrl } from './subscription-form.ts'

export type ToldEvent = {
  readonly number: number
  /** When it happened; milliseconds since 1970. */
  readonly recorded: number
  /** Absent where the content is empty, and for what may no longer be told. */
  readonly about?: {
    /** `DocumentReference/[id]`. */
    readonly reference: string
    readonly request: { readonly method: 'POST' | 'PATCH'; readonly url: string }
    /** For full-resource. */
    readonly resource?: string
  }
}

export type NotificationKind =
  | 'handshake'
  | 'heartbeat'
  | 'event-notification'
  | 'query-status'
  | 'query-event'

type About = Pick<StoredSubscription, 'patientKey' | 'id' | 'topic' | 'numbered' | 'lastError'> & {
  readonly status: string
}

/** A Bundle of type history; its id is the same each time the same events are told. */
export function notificationBundle(
  base: string,
  subscription: About,
  kind: 'handshake' | 'heartbeat' | 'event-notification' | 'query-event',
  events: readonly ToldEvent[],
  now: number,
): string {
  const id = formatResourceId(subscription)
  const what = kind === 'event-notification' ? String(events.at(-1)?.number) : `${kind}.${now}`
  const first = entry(
    `urn:uuid:${subscription.id}`,
    statusParameters(base, subscription, kind, events),
    { method: 'GET', url: `Subscription/${id}/$status` },
    '200',
  )
  const rest = events.flatMap(({ about }) =>
    about
      ? [
          entry(
            `${base}/${about.reference}`,
            about.resource,
            about.request,
            about.request.method === 'POST' ? '201' : '200',
          ),
        ]
      : [],
  )
  const head = JSON.stringify({
    resourceType: 'Bundle',
    id: `${encodeUuid(subscription.id)}.${what}`,
    meta: { profile: [`${BACKPORT}backport-subscription-notification-r4`] },
    type: 'history',
    timestamp: new Date(now).toISOString(),
  })
  return `${head.slice(0, -1)},"entry":[${[first, ...rest].join(',')}]}`
}

function entry(
  fullUrl: string,
  resource: string | undefined,
  request: { readonly method: string; readonly url: string },
  status: string,
): string {
  const content = resource === undefined ? '' : `"resource":${resource},`
  return `{"fullUrl":${JSON.stringify(fullUrl)},${content}"request":${JSON.stringify(request)},"response":{"status":"${status}"}}`
}

/** @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-status-r4.html */
export function statusParameters(
  base: string,
  subscription: About,
  kind: NotificationKind,
  events: readonly ToldEvent[],
): string {
  const { status, topic, numbered, lastError } = subscription
  return JSON.stringify({
    resourceType: 'Parameters',
    id: encodeUuid(subscription.id),
    meta: { profile: [`${BACKPORT}backport-subscription-status-r4`] },
    parameter: [
      {
        name: 'subscription',
        valueReference: { reference: `${base}/Subscription/${formatResourceId(subscription)}` },
      },
      { name: 'topic', valueCanonical: topicUrl(topic) },
      { name: 'status', valueCode: status },
      { name: 'type', valueCode: kind },
      { name: 'events-since-subscription-start', valueString: String(numbered) },
      ...events.map(({ number, recorded, about }) => ({
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: String(number) },
          { name: 'timestamp', valueInstant: new Date(recorded).toISOString() },
          ...(about ? [{ name: 'focus', valueReference: { reference: `${base}/${about.reference}` } }] : []),
        ],
      })),
      ...(lastError === '' || kind === 'event-notification'
        ? []
        : [{ name: 'error', valueCodeableConcept: { text: lastError } }]),
    ],
  })
}
