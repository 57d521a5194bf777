/**
 * One mail to one recipient over one SMTP connection: TLS is verified, and demanded unless the settings say otherwise; the
 * whole attempt has an end, however slowly the server talks. Of what the server says the number alone is kept: its words
 * may hold the address.
 * @see RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH)
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { ATTEMPT_MS, type Handed } from './channel.ts'

export type MailServer = {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; else STARTTLS. */
  readonly secure: boolean
  /** Whether nothing is sent where STARTTLS is not offered. */
  readonly requireTls: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
  /** Authorities of its certificate, beside those of Node. */
  readonly ca?: string
}

export type Mail = { readonly from: string; readonly to: string; readonly message: Buffer }

const QUIT_MS = 1_000

export async function sendMail(
  server: MailServer,
  { from, to, message }: Mail,
  signal: AbortSignal,
  attemptMs = ATTEMPT_MS,
): Promise<Handed> {
  if (signal.aborted) return { outcome: 'interrupted' }
  const late = AbortSignal.timeout(attemptMs)
  const connection = connectionTo(server, attemptMs)
  try {
    await untilOver(connection, AbortSignal.any([late, signal]), async () => {
      await step((done) => connection.connect((error) => done(error ?? null)))
      if (server.auth) await step((done) => connection.login({ ...server.auth }, done))
      await step((done) => connection.send({ from, to }, message, done))
    })
    await farewell(connection)
    return { outcome: 'received' }
  } catch (error) {
    if (signal.aborted) return { outcome: 'interrupted' }
    return late.aborted ? { outcome: 'failed', reason: 'timeout' } : verdict(error)
  } finally {
    connection.close()
  }
}

function connectionTo({ host, port, secure, requireTls, ca }: MailServer, attemptMs: number): SMTPConnection {
  const connection = new SMTPConnection({
    host,
    port,
    secure,
    requireTLS: requireTls,
    connectionTimeout: attemptMs,
    greetingTimeout: attemptMs,
    socketTimeout: attemptMs,
    dnsTimeout: attemptMs,
    socketCloseTimeout: 0,
    // A server that talks without end must not fill the memory.
    maxResponseSize: 65_536,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
  })
  // It tells of errors after the attempt is over, too; without a listener they would end the process.
  connection.on('error', () => undefined)
  return connection
}

/** An error on the connection or its end is told to no callback of a step in every case: here it ends the attempt. */
function untilOver(
  connection: SMTPConnection,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the connection has ended')))
    signal.addEventListener('abort', () => reject(new Error('too late')), { once: true })
    work().then(resolve, reject)
  })
}

function step(begin: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => begin((error) => (error ? reject(error) : resolve())))
}

/** The mail is taken; a server that does not part is left. */
function farewell(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, QUIT_MS)
    connection.once('end', () => {
      clearTimeout(timer)
      resolve()
    })
    connection.quit()
  })
}

/**
 * What the server says of this recipient or this mail for good is final; what it says of us (login, sender, policy) an
 * operator can put right, and it is tried again. @see RFC 3463 for 5.7: policy
 */
function verdict(error: unknown): Handed {
  const { responseCode, response, command, permanent, code } = factsOf(error)
  if (responseCode === undefined) {
    const reason = code !== undefined && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'connection-ended'
    return { outcome: 'failed', reason }
  }
  const reason = `smtp-${responseCode}`
  const ofRecipient = command === 'RCPT TO' || command === 'DATA'
  const ofPolicy = /^\d{3}[ -]5\.7\./.test(response ?? '')
  return ofRecipient && permanent && !ofPolicy
    ? { outcome: 'refused', reason }
    : { outcome: 'failed', reason }
}

type SmtpFault = {
  readonly responseCode: number | undefined
  readonly response: string | undefined
  readonly command: string | undefined
  readonly permanent: boolean
  readonly code: string | undefined
}

/** What nodemailer attaches to an Error, read as what it may be and nothing else. */
function factsOf(error: unknown): SmtpFault {
  const given: object = error instanceof Error ? error : {}
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(given, name)
    return typeof value === 'string' ? value : undefined
  }
  const status: unknown = Reflect.get(given, 'responseCode')
  return {
    responseCode: typeof status === 'number' ? status : undefined,
    response: text('response'),
    command: text('command'),
    permanent: Reflect.get(given, 'permanent') === true,
    // Of the socket, rather than of the library that wraps it.
    code: text('originalCode') ?? text('code'),
  }
}
