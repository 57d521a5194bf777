/**
 * One POST to a receiver: the name is resolved once, the address checked and connected to, so that a name cannot lead
 * elsewhere between the check and the use; TLS is verified against the name; no redirect is followed; of the answer the
 * status alone counts, and its body is not read.
 * @see docs/operations.md "Subscriptions"
 */
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { AllowedHosts } from './allowed-hosts.ts'

export type Outgoing = {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** FHIR in JSON unless it says otherwise. */
  readonly contentType?: string
  readonly timeoutMs: number
  /** The server stops: what is under way is given up. */
  readonly signal: AbortSignal
}

export type Sent =
  | { readonly outcome: 'received' }
  /** @property reason a code, without a word of what the receiver said */
  | { readonly outcome: 'failed'; readonly reason: string; readonly retryAfterSeconds?: number }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'interrupted' }

class NotSent extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

export async function sendNotification(hosts: AllowedHosts, outgoing: Outgoing): Promise<Sent> {
  const late = AbortSignal.timeout(outgoing.timeoutMs)
  const signal = AbortSignal.any([late, outgoing.signal])
  try {
    const fault = hosts.endpointFault(outgoing.endpoint)
    if (fault) throw new NotSent(fault)
    const url = new URL(outgoing.endpoint)
    const address = await unlessAborted(addressOf(url, hosts), signal)
    return verdict(await post(url, address, outgoing, signal))
  } catch (error) {
    if (outgoing.signal.aborted) return { outcome: 'interrupted' }
    if (late.aborted) return { outcome: 'failed', reason: 'timeout' }
    if (error instanceof NotSent) return { outcome: 'failed', reason: error.reason }
    return { outcome: 'failed', reason: reasonOf(error) }
  }
}

/** @throws NotSent when one of the addresses of the name is not to be connected to: which of them it is would be chance */
async function addressOf(url: URL, hosts: AllowedHosts): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }]
  const [first] = found
  if (!first) throw new NotSent('dns')
  if (!found.every(({ address }) => hosts.allowsAddress(address))) throw new NotSent('address-not-allowed')
  return first.address
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new NotSent('timeout'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

type Head = { readonly status: number; readonly retryAfter: string | undefined }

function post(url: URL, address: string, outgoing: Outgoing, signal: AbortSignal): Promise<Head> {
  const { headers, body, contentType = 'application/fhir+json; charset=utf-8' } = outgoing
  const bytes = Buffer.from(body, 'utf8')
  const options: RequestOptions = {
    method: 'POST',
    host: address,
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...headers,
      Host: url.host,
      'Content-Type': contentType,
      'Content-Length': bytes.length,
      'User-Agent': 'dmp-fhir-server',
    },
    agent: false,
    signal,
    // A receiver that sends without end must not fill the memory.
    maxHeaderSize: 16_384,
  }
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      response.destroy()
    }
    const name = url.hostname.replace(/^\[|\]$/g, '')
    const secure = { ...options, rejectUnauthorized: true, ...(isIP(name) === 0 ? { servername: name } : {}) }
    const request =
      url.protocol === 'https:' ? httpsRequest(secure, answered) : httpRequest(options, answered)
    request.on('error', reject)
    request.end(bytes)
  })
}

function verdict({ status, retryAfter }: Head): Sent {
  if (status >= 200 && status < 300) return { outcome: 'received' }
  if (status === 410) return { outcome: 'gone' }
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined
  return {
    outcome: 'failed',
    reason: `http-${status}`,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  }
}

/** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED` … : names of faults, which hold nothing of the receiver's. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'connection'
}
