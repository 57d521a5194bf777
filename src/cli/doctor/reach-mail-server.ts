/** Whether a mail server lets the operator's login in, over TLS that is verified; no mail is sent. @see RFC 5321, RFC 4954 */
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailServer } from '../../notices/send-mail.ts'

const TIME_MS = 5_000

/** @returns undefined when it does, else a code: of Node, or `smtp-535` */
export function reachMailServer(
  { host, port, secure, requireTls, auth, ca }: MailServer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const connection = new SMTPConnection({
    host,
    port,
    secure,
    requireTLS: requireTls,
    connectionTimeout: TIME_MS,
    greetingTimeout: TIME_MS,
    socketTimeout: TIME_MS,
    dnsTimeout: TIME_MS,
    maxResponseSize: 65_536,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
  })
  return new Promise((resolve) => {
    const end = (fault: unknown): void => {
      connection.close()
      resolve(fault === undefined || fault === null ? undefined : codeOf(fault))
    }
    connection.on('error', end)
    signal.addEventListener('abort', () => end(new Error('too late')), { once: true })
    connection.connect((error) => {
      if (error || !auth) end(error)
      else connection.login({ ...auth }, end)
    })
  })
}

function codeOf(error: unknown): string {
  const given: object = error instanceof Error ? error : {}
  const status: unknown = Reflect.get(given, 'responseCode')
  if (typeof status === 'number') return `smtp-${status}`
  const code: unknown = Reflect.get(given, 'originalCode') ?? Reflect.get(given, 'code')
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'no-answer'
}
