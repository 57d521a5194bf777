/**
 * Notices to the operator's own hub, which knows the patients' accounts and the médecins traitants' mailboxes: what has
 * happened, to whom it is to be told, and where it can be read with a token; nothing of a document, no name, no INS.
 * @see docs/notices.md "Webhook"
 */
import { practitionerSystem, structureSystem } from '../dmp/identity/national-identifiers.ts'
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
    recipient: addressee(kind, recipient),
    patient: `${base}/Patient/${encodeUuid(patientKey)}`,
    trace: `${base}/AuditEvent/${formatResourceId({ patientKey, id: trace })}`,
    text: noticeText(kind, recipient),
  }
}

/** A médecin traitant is told of emergencies alone; a message is told to whom it is written, a structure perhaps. */
function addressee(kind: OutgoingNotice['kind'], recipient: string): object {
  if (recipient === 'patient') return { type: 'patient' }
  const value = recipient.slice(3)
  if (recipient.startsWith('st:'))
    return { type: 'structure', identifier: { system: structureSystem, value } }
  const type = kind === 'message' ? 'professionnel' : 'medecin-traitant'
  return { type, identifier: { system: practitionerSystem, value } }
}
