/** Whether somebody listens at an address, and with TLS whether their certificate is believed: connected, nothing sent. */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

export type Reached =
  | { readonly reached: true; readonly address: string; readonly certificateUntil: number | undefined }
  /** A code of Node's: ECONNREFUSED, CERT_HAS_EXPIRED, … */
  | { readonly reached: false; readonly code: string }

const TIME_MS = 5_000

export function reach(host: string, port: number, secure: boolean, outer: AbortSignal): Promise<Reached> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(TIME_MS)])
  return new Promise((resolve) => {
    const socket: Socket | TLSSocket = secure
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), minVersion: 'TLSv1.2' })
      : connectPlain({ host, port })
    const end = (reached: Reached): void => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('error', (error) => end({ reached: false, code: codeOf(error) }))
    signal.addEventListener('abort', () => end({ reached: false, code: 'ETIMEDOUT' }), { once: true })
    socket.once(secure ? 'secureConnect' : 'connect', () =>
      end({ reached: true, address: socket.remoteAddress ?? '', certificateUntil: untilOf(socket) }),
    )
  })
}

export function reachUrl(text: string, signal: AbortSignal): Promise<Reached> {
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return reach(url.hostname.replace(/^\[|\]$/g, ''), port, secure, signal)
}

function untilOf(socket: Socket | TLSSocket): number | undefined {
  if (!('getPeerX509Certificate' in socket)) return undefined
  const until = socket.getPeerX509Certificate()?.validTo
  return until === undefined ? undefined : Date.parse(until)
}

export function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return 'ETIMEDOUT'
  }
  return 'no-answer'
}
