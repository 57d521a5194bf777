/**
 * One keep-alive HTTP/1.1 connection that does as little as a client can, so that the machine's cores are left to what
 * is measured: whole requests are written as they are, of an answer only the status and the length are looked at.
 *
 * NOT read: chunked bodies (an answer without Content-Length is an error here), trailers, interim answers.
 */
import { connect, type Socket } from 'node:net'

export type HttpAnswer = { readonly status: number; readonly head: string; readonly body: Buffer }

type Waiting = { readonly done: (answer: HttpAnswer) => void; readonly failed: (error: Error) => void }

const HEAD_END = Buffer.from('\r\n\r\n')
/** RFC 9110 §6.4.1 */
const withoutBody: ReadonlySet<number> = new Set([204, 304])
const NOTHING = Buffer.alloc(0)

export class HttpConnection {
  readonly #socket: Socket
  #received: Buffer = NOTHING
  #waiting: Waiting | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The server closed the connection')))
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new HttpConnection(socket))
      })
    })
  }

  /** One request at a time. A server hangs up on who has been silent for long: 72 seconds, ours. */
  send(request: string | Buffer): Promise<HttpAnswer> {
    if (this.#socket.destroyed) return Promise.reject(new Error('The connection is closed'))
    return new Promise((done, failed) => {
      this.#waiting = { done, failed }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = this.#received.toString('latin1', 0, headEnd)
    const status = Number(head.slice(9, 12))
    const length = withoutBody.has(status) ? '0' : /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (length === undefined) {
      this.#fail(new Error('An answer without a length'))
      return
    }
    const begin = headEnd + HEAD_END.length
    const end = begin + Number(length)
    if (this.#received.length < end) return
    const waiting = this.#waiting
    this.#waiting = undefined
    const body = this.#received.subarray(begin, end)
    this.#received = NOTHING
    waiting?.done({ status, head, body })
  }

  #fail(error: Error): void {
    this.#waiting?.failed(error)
    this.#waiting = undefined
  }
}

/** A request as it goes over the wire. @param target path and query */
export function httpRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return `${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}${length}\r\n${body}`
}
