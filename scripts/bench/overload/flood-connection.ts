/**
 * A keep-alive connection of a flood: whatever the answer is, it is told by its status, and the next request goes out on
 * it. Nothing is compared, nothing is copied: a generator that asks three times as much as can be done has a core to do it.
 *
 * NOT read: chunked bodies (an answer without Content-Length ends the run), trailers, interim answers.
 */
import type { Socket } from 'node:net'
import { openSocket, type Reading } from '../open-socket.ts'

/** @param status 0: the connection ended @param saysWhen whether a Retry-After came with it */
export type Told = (status: number, saysWhen: boolean) => void

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

export class FloodConnection implements Reading {
  readonly #socket: Socket
  #told: Told | undefined
  #status = 0
  #saysWhen = false
  #head: Buffer = NOTHING
  /** Of the body, still to come; undefined: its head is not through. */
  #left: number | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    // The `close` behind it tells who waits.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#end(0, false))
  }

  static open(port: number): Promise<FloodConnection> {
    return openSocket(port, (socket) => new FloodConnection(socket))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** One request at a time. */
  send(request: Buffer, told: Told): void {
    this.#told = told
    if (this.#socket.destroyed) this.#end(0, false)
    else this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }

  read(chunk: Buffer): void {
    if (this.#left !== undefined) {
      this.#take(chunk.length)
      return
    }
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const headEnd = bytes.indexOf(HEAD_END)
    if (headEnd < 0) {
      this.#head = Buffer.from(bytes)
      return
    }
    const head = bytes.toString('latin1', 0, headEnd)
    this.#head = NOTHING
    this.#status = Number(head.slice(9, 12))
    this.#saysWhen = /\r\nretry-after: \d/i.test(head)
    this.#left = this.#status === 204 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    if (Number.isNaN(this.#left)) throw new Error(`An answer without a length: ${head}`)
    this.#take(bytes.length - headEnd - HEAD_END.length)
  }

  #take(count: number): void {
    const left = (this.#left ?? 0) - count
    this.#left = left > 0 ? left : undefined
    if (left <= 0) this.#end(this.#status, this.#saysWhen)
  }

  #end(status: number, saysWhen: boolean): void {
    const told = this.#told
    this.#told = undefined
    told?.(status, saysWhen)
  }
}
