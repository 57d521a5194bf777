/**
 * A mail server of a test's own, on a port of its own: real SMTP, with STARTTLS or TLS and a login if wanted; keeps what it
 * takes, refuses what it is told to, or says nothing at all at some point.
 */
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { TestCertificate } from './certificates.ts'

export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | undefined
  readonly raw: string
  /** By lower-case name, unfolded and decoded. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** `silence`: the answer never comes. A text: the code and words of a refusal. */
export type Answer = 'accept' | 'silence' | string
type Stage = 'greeting' | 'sender' | 'recipient' | 'data'

export type TestMailServer = AsyncDisposable & {
  readonly port: number
  readonly received: ReceivedMail[]
  /** What it does from now on, at each point of a dialogue. */
  readonly answers: Record<Stage, Answer>
  /** Connections it has had. */
  readonly connections: () => number
  until(count: number, milliseconds?: number): Promise<readonly ReceivedMail[]>
}

type Options = {
  /** Without one there is no STARTTLS. */
  readonly certificate?: TestCertificate
  /** TLS from the first byte. */
  readonly secure?: boolean
  /** Where it listens. */
  readonly address?: string
  readonly login?: { readonly user: string; readonly pass: string }
}

export async function mailServer({
  certificate,
  secure = false,
  login,
  address = '127.0.0.1',
}: Options = {}): Promise<TestMailServer> {
  const received: ReceivedMail[] = []
  const answers: TestMailServer['answers'] = {
    greeting: 'accept',
    sender: 'accept',
    recipient: 'accept',
    data: 'accept',
  }
  let connections = 0
  const reply = (stage: Stage, done: (error?: Error | null) => void): void => {
    const answer = answers[stage]
    if (answer === 'silence') return
    done(answer === 'accept' ? null : refusal(answer))
  }
  const server = new SMTPServer({
    secure,
    ...(certificate ? { key: certificate.keyPem, cert: certificate.pem } : {}),
    disabledCommands: [...(certificate ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])],
    closeTimeout: 100,
    disableReverseLookup: true,
    logger: false,
    onConnect(_session, done) {
      connections++
      reply('greeting', done)
    },
    onAuth({ username, password }, _session, done) {
      const known = username === login?.user && password === login?.pass
      done(known ? null : refusal('535 5.7.8 wrong'), known && username ? { user: username } : undefined)
    },
    onMailFrom: (_address, _session, done) => reply('sender', done),
    onRcptTo: (_address, _session, done) => reply('recipient', done),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (answers.data === 'accept') {
          const { mailFrom, rcptTo } = session.envelope
          received.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            secure: session.secure,
            user: typeof session.user === 'string' ? session.user : undefined,
            ...read(Buffer.concat(chunks).toString('latin1')),
          })
        }
        reply('data', done)
      })
    },
  })
  // Clients that leave in the middle are what is tested.
  server.on('error', () => undefined)
  const listening = server.listen(0, address)
  await new Promise((resolve) => listening.once('listening', resolve))
  const { port } = listening.address() as AddressInfo
  return {
    port,
    received,
    answers,
    connections: () => connections,
    async until(count, milliseconds = 60_000) {
      const end = Date.now() + milliseconds
      while (received.length < count) {
        if (Date.now() > end) throw new Error(`${received.length} mails of ${count}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return received
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function refusal(text: string): Error {
  return Object.assign(new Error(text.slice(4)), { responseCode: Number(text.slice(0, 3)) })
}

function read(raw: string): Pick<ReceivedMail, 'raw' | 'headers' | 'text'> {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(':')
    return [name.toLowerCase(), utf8(decodeWords(value.join(':').trim()))]
  })
  return { raw, headers: Object.fromEntries(headers), text: unquoted(raw.slice(end + 4)) }
}

/** Encoded words in UTF-8, RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString('latin1')
        : latin1(word.replaceAll('_', ' ')),
    )
}

/** Quoted-printable, RFC 2045 §6.7. */
function unquoted(text: string): string {
  return utf8(latin1(text.replace(/=\r\n/g, ''))).replaceAll('\r\n', '\n')
}

const latin1 = (quoted: string): string =>
  quoted.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')
