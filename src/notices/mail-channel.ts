/**
 * Notices by mail, to the patient alone: the mail addresses of médecins traitants are those of MSSanté, whose directory is
 * not to be had from here. The message is the same, byte for byte, at each attempt.
 * @see docs/notices.md "Mail"; RFC 5322, RFC 3834 (sent by itself: no answers, no out-of-office)
 */
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Channel, OutgoingNotice } from './channel.ts'
import { mailAddress } from './mail-address.ts'
import { mailText, noticeSubject } from './notice-text.ts'
import { type MailServer, sendMail } from './send-mail.ts'

export type MailSettings = {
  readonly server: MailServer
  readonly from: { readonly name: string; readonly address: string }
  /** Where the patient signs in; undefined: it is not said. */
  readonly site?: string
}

export function mailChannel(settings: MailSettings): Channel {
  return {
    name: 'mail',
    async hand(notice, now, signal) {
      const to = notice.recipient === 'patient' ? mailAddress(notice.patient, now) : undefined
      if (to === undefined) return { outcome: 'no-address' }
      const message = await mailMessage(notice, to, settings)
      return sendMail(settings.server, { from: settings.from.address, to, message }, signal)
    },
  }
}

/** @param to an address that `isMailAddress` lets pass */
export function mailMessage(
  { id, kind, recipient, recorded }: Pick<OutgoingNotice, 'id' | 'kind' | 'recipient' | 'recorded'>,
  to: string,
  { from, site }: Pick<MailSettings, 'from' | 'site'>,
): Promise<Buffer> {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return new MailComposer({
    from,
    to: { name: '', address: to },
    subject: noticeSubject,
    text: mailText(kind, recipient, site),
    textEncoding: 'quoted-printable',
    messageId: `<${id}@${domain}>`,
    date: new Date(recorded),
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'fr, en' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}
