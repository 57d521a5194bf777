/**
 * Notices to the operator's own hub, which knows the patients' accounts and the médecins traitants' mailboxes: what has
 * happened, to whom it is to be told, and where it can be read with a token; nothing of a document, no name, no INS.
 * @see docs/notices.md "Webhook"
 */
import { encodeUuid, formatResourceId } from '../fhir/id.ts'
import type { AllowedHosts } from '../outbound/allowed-hosts.ts'
import { signatureOf } from '../outbound/notification-secret.ts'
import { sendNotification } from '../outbound/send-notification.ts'
import { ATTEMPT_MS, type Channel, type Handed, type OutgoingNotice } from './channel.ts'
import { noticeText } from './notice-text.ts'

export type WebhookSettings = {
  readonly url: string
  readonly secret: string
  readonly hosts: AllowedHosts
}

/** National identifiers of professionals. */
const ID_NAT_PS = 'urn:oid:1.2.250.1.71.4.2.1'

/** @param base of the FHIR server, as others reach it */
export function webhookChannel({ url, secret, hosts }: WebhookSettings, base: string): Channel {
  return {
    name: 'webhook',
    async hand(notice, now, signal): Promise<Handed> {
      const body = JSON.stringify(payload(notice, base))
      const sent = await sendNotification(hosts, {
        endpoint: url,
        headers: {
          'Webhook-Id': notice.id,
          'Idempotency-Key': notice.id,
          'DMP-Signature': signatureOf(secret, Math.floor(now / 1000), body),
        },
        contentType: 'application/json; charset=utf-8',
        body,
        timeoutMs: ATTEMPT_MS,
        signal,
      })
      // The operator's own address: that it is gone is a fault to be put right, as any other.
      return sent.outcome === 'gone' ? { outcome: 'failed', reason: 'http-410' } : sent
    },
  }
}

function payload({ id, kind, recorded, recipient, patientKey, trace }: OutgoingNotice, base: string): object {
  return {
    id,
    kind,
    recorded: new Date(recorded).toISOString(),
    recipient:
      recipient === 'patient'
        ? { type: 'patient' }
        : {
            type: 'medecin-traitant',
            identifier: { system: ID_NAT_PS, value: recipient.replace(/^ps:/, '') },
          },
    patient: `${base}/Patient/${encodeUuid(patientKey)}`,
    trace: `${base}/AuditEvent/${formatResourceId({ patientKey, id: trace })}`,
    text: noticeText(kind, recipient),
  }
}
