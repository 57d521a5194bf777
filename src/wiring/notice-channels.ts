/** The channels of notices that the settings ask for. The mail client is loaded only where mails are sent. */
import type { NoticeConfig } from '../config/notices.ts'
import type { Channel } from '../notices/channel.ts'
import { webhookChannel } from '../notices/webhook-channel.ts'

/** @param base of the FHIR server, as others reach it */
export async function noticeChannels({ mail, webhook }: NoticeConfig, base: string): Promise<Channel[]> {
  return [
    ...(mail ? [(await import('../notices/mail-channel.ts')).mailChannel(mail)] : []),
    ...(webhook ? [webhookChannel(webhook, base)] : []),
  ]
}
