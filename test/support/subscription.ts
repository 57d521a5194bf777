/** A Subscription as a client would send it. @see docs/subscriptions.md */
import type { Receiver } from './receiver.ts'
import type { TestRecord } from './record.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-'

export type Parts = {
  readonly topic?: string
  readonly content?: string
  readonly filter?: string
  readonly endpoint?: string
  readonly maxCount?: number
  readonly heartbeat?: number
  /** Seconds. */
  readonly timeout?: number
  readonly header?: readonly string[]
  readonly more?: object
}

export function subscription(
  record: Pick<TestRecord, 'id'>,
  to: Pick<Receiver, 'url'>,
  parts: Parts = {},
): object {
  const { topic = 'document-depose', content = 'id-only', endpoint = to.url, header } = parts
  const type = topic === 'acces-urgence' ? 'AuditEvent' : 'DocumentReference'
  return {
    resourceType: 'Subscription',
    meta: { profile: [`${BACKPORT}subscription`] },
    status: 'requested',
    reason: 'Suivi du dossier',
    criteria: `https://dmp-fhir.example/SubscriptionTopic/${topic}`,
    _criteria: {
      extension: [
        {
          url: `${BACKPORT}filter-criteria`,
          valueString: parts.filter ?? `${type}?patient=Patient/${record.id}`,
        },
      ],
    },
    channel: {
      extension: [
        ...(parts.maxCount ? [{ url: `${BACKPORT}max-count`, valuePositiveInt: parts.maxCount }] : []),
        ...(parts.heartbeat
          ? [{ url: `${BACKPORT}heartbeat-period`, valueUnsignedInt: parts.heartbeat }]
          : []),
        { url: `${BACKPORT}timeout`, valueUnsignedInt: parts.timeout ?? 2 },
      ],
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: `${BACKPORT}payload-content`, valueCode: content }] },
      ...(header ? { header } : {}),
    },
    ...parts.more,
  }
}
