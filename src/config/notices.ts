/**
 * Where notices (rule A10) go: a mail server, the operator's own hub, both, or nowhere.
 * @see docs/operations.md "Notices", docs/notices.md
 */
import { isIP } from 'node:net'
import { isMailAddress } from '../notices/mail-address.ts'
import type { MailSettings } from '../notices/mail-channel.ts'
import type { MailServer } from '../notices/send-mail.ts'
import type { WebhookSettings } from '../notices/webhook-channel.ts'
import { ConfigError, type Environment, secretValue } from './values.ts'

export type NoticeConfig = {
  readonly mail: MailSettings | undefined
  readonly webhook: WebhookSettings | undefined
}

/** @throws ConfigError that names the variable, and never what it holds */
export function readNoticeConfig(environment: Environment, production: boolean): NoticeConfig {
  return { mail: readMail(environment, production), webhook: readWebhook(environment, production) }
}

function readMail(environment: Environment, production: boolean): MailSettings | undefined {
  const url = environment.DMP_NOTICE_SMTP_URL
  const from = environment.DMP_NOTICE_FROM
  const site = environment.DMP_NOTICE_SITE
  if (!url) {
    if (from || site) throw new ConfigError('DMP_NOTICE_SMTP_URL is missing: without it no mail is sent')
    return undefined
  }
  if (!from) throw new ConfigError('DMP_NOTICE_FROM is missing: from whom are the mails of notices?')
  return {
    server: mailServer(secretValue('DMP_NOTICE_SMTP_URL', url), production),
    from: sender(from),
    ...(site ? { site: siteAddress(site) } : {}),
  }
}

const FORM = 'smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465'

function mailServer(text: string, production: boolean): MailServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const secure = url?.protocol === 'smtps:'
  if (!url || (!secure && url.protocol !== 'smtp:') || url.hostname === '' || url.pathname.length > 1)
    throw new ConfigError(`DMP_NOTICE_SMTP_URL is not ${FORM}`)
  if (url.search !== '' || url.hash !== '') throw new ConfigError(`DMP_NOTICE_SMTP_URL is not ${FORM}`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [user, pass] = [credential(url.username), credential(url.password)]
  if ((user === '') !== (pass === ''))
    throw new ConfigError('DMP_NOTICE_SMTP_URL names a user without a password, or a password without a user')
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: production || !isLoopback(host),
    ...(user === '' ? {} : { auth: { user, pass } }),
  }
}

function credential(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new ConfigError('DMP_NOTICE_SMTP_URL: user and password are percent-encoded', { cause })
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** `address` or `Name <address>`; a name cannot bring a header of its own. */
function sender(text: string): MailSettings['from'] {
  const [, name = '', address = text] = /^([^<>"\p{Cc}]{1,100}?) ?<([^<>]+)>$/u.exec(text) ?? []
  if (!isMailAddress(address))
    throw new ConfigError(
      'DMP_NOTICE_FROM is not an address, as notices@example.fr or Name <notices@example.fr>',
    )
  return { name, address }
}

function siteAddress(text: string): string {
  const isSite =
    URL.canParse(text) && new URL(text).protocol === 'https:' && /^[\x21-\x7e]{1,200}$/.test(text)
  if (!isSite) throw new ConfigError('DMP_NOTICE_SITE is not an https address')
  return text
}

const LEAST_SECRET_BYTES = 32

function readWebhook(environment: Environment, production: boolean): WebhookSettings | undefined {
  const url = environment.DMP_NOTICE_WEBHOOK
  const given = environment.DMP_NOTICE_WEBHOOK_SECRET
  if (!url) {
    if (given) throw new ConfigError('DMP_NOTICE_WEBHOOK is missing: its secret alone has no effect')
    return undefined
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isLocal = !production && parsed?.protocol === 'http:' && isLoopback(parsed.hostname)
  if (!parsed || (parsed.protocol !== 'https:' && !isLocal) || parsed.username !== '' || parsed.hash !== '')
    throw new ConfigError('DMP_NOTICE_WEBHOOK is not an https address, without a user in it')
  const secret = given ? secretValue('DMP_NOTICE_WEBHOOK_SECRET', given) : ''
  if (Buffer.byteLength(secret) < LEAST_SECRET_BYTES)
    throw new ConfigError(
      'DMP_NOTICE_WEBHOOK_SECRET is missing or too short: 32 bytes at least sign what is sent',
    )
  return {
    url,
    secret,
    // The operator's own choice, not a client's: it may lie in a network of its own.
    hosts: {
      endpointFault: (endpoint) => (endpoint === url ? undefined : 'not-listed'),
      allowsAddress: () => true,
    },
  }
}
