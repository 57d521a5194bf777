/**
 * One keep-alive connection of the load generator, which shares the machine with what it measures: a request goes out as
 * the bytes it is, and of its answer no more is read than tells a right one from a wrong one: the status, the length, the
 * first bytes. Nothing is copied or decoded while answers are right.
 *
 * NOT read: chunked bodies (a wrong answer here), trailers, interim answers; what stands behind the first bytes.
 */
import type { Socket } from 'node:net'
import { openSocket, type Reading } from './open-socket.ts'

/** What a right answer looks like. */
export type Expected = {
  readonly status: number
  /** Of the body: exactly so many bytes, or from so many to so many. */
  readonly bytes: number | readonly [least: number, most: number]
  readonly begins: Buffer
}

/** @param wrong what was wrong with the answer; undefined: nothing */
type Done = (wrong: WrongAnswer | undefined) => void

export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
  /** 0: none came. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const HEAD_END = Buffer.from('\r\n\r\n')
/** As Fastify and as Node write it. */
const LENGTH = ['content-length: ', 'Content-Length: '].map((text) => Buffer.from(`\r\n${text}`))
const NOTHING = Buffer.alloc(0)
const SHOWN_BYTES = 400

export class LoadConnection implements Reading {
  readonly #socket: Socket
  #expected: Expected | undefined
  #done: Done | undefined
  /** The beginning of an answer that came in pieces. */
  #beginning: Buffer | undefined
  /** Of the body, still to come. */
  #left = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', (error) => this.#end(new WrongAnswer(0, error.message)))
    socket.on('close', () => this.#end(new WrongAnswer(0, 'The server closed the connection')))
  }

  static open(port: number): Promise<LoadConnection> {
    return openSocket(port, (socket) => new LoadConnection(socket))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** One request at a time. */
  send(request: Buffer, expected: Expected, done: Done): void {
    this.#expected = expected
    this.#done = done
    if (this.#socket.destroyed) this.#end(new WrongAnswer(0, 'The connection is closed'))
    else this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }

  read(chunk: Buffer): void {
    if (!this.#done) this.#fail(0, 'more came than was asked for', chunk)
    else if (this.#left > 0) this.#take(chunk.length, chunk)
    else this.#readHead(this.#beginning === undefined ? chunk : Buffer.concat([this.#beginning, chunk]))
  }

  #readHead(bytes: Buffer): void {
    const headEnd = bytes.indexOf(HEAD_END)
    if (headEnd < 0) {
      this.#beginning = Buffer.from(bytes)
      return
    }
    const bodyAt = headEnd + HEAD_END.length
    const status = numberAt(bytes, 9)
    const length = status === 204 || status === 304 ? 0 : lengthOf(bytes, headEnd)
    const begins = this.#expected?.begins ?? NOTHING
    const compared = Math.min(begins.length, length)
    if (bytes.length < bodyAt + compared) {
      this.#beginning = Buffer.from(bytes)
      return
    }
    const wrong =
      wrongOf(status, length, this.#expected) ??
      (bytes.compare(begins, 0, begins.length, bodyAt, bodyAt + compared) === 0
        ? undefined
        : 'a body that begins otherwise')
    if (wrong !== undefined) {
      this.#fail(status, wrong, bytes)
      return
    }
    this.#beginning = undefined
    this.#left = length
    this.#take(bytes.length - bodyAt, bytes)
  }

  #take(count: number, bytes: Buffer): void {
    this.#left -= count
    if (this.#left < 0) this.#fail(200, 'more came than was told of', bytes)
    else if (this.#left === 0) this.#end(undefined)
  }

  /** What comes behind a wrong answer cannot be told from it: the connection is not used again. */
  #fail(status: number, message: string, bytes: Buffer): void {
    this.#socket.destroy()
    this.#end(new WrongAnswer(status, `${message}: ${bytes.toString('utf8', 0, SHOWN_BYTES)}`))
  }

  #end(wrong: WrongAnswer | undefined): void {
    const done = this.#done
    this.#done = undefined
    this.#expected = undefined
    this.#beginning = undefined
    this.#left = 0
    done?.(wrong)
  }
}

function wrongOf(status: number, length: number, expected: Expected | undefined): string | undefined {
  if (!expected) return 'an answer that nobody asked for'
  if (status !== expected.status) return `${status} instead of ${expected.status}`
  if (!isWithin(length, expected.bytes)) return `a body of ${length} bytes`
  return undefined
}

/** NaN when it is not told. */
function lengthOf(bytes: Buffer, headEnd: number): number {
  for (const name of LENGTH) {
    const at = bytes.indexOf(name)
    if (at >= 0 && at < headEnd) return numberAt(bytes, at + name.length)
  }
  return Number.NaN
}

/** Of the digits from there on. */
function numberAt(bytes: Buffer, start: number): number {
  let value = 0
  for (let at = start; ; at++) {
    const digit = (bytes[at] ?? 0) - 48
    if (digit < 0 || digit > 9) return at === start ? Number.NaN : value
    value = value * 10 + digit
  }
}

function isWithin(length: number, bytes: Expected['bytes']): boolean {
  return typeof bytes === 'number' ? length === bytes : length >= bytes[0] && length <= bytes[1]
}
