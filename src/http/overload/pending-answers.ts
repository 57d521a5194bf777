/**
 * Answers that are ready and have not left: a client that takes them slowly, or not at all, keeps memory of the server. It
 * has `GRACE_MS`, then it must take `SLOWEST` bytes a second or is cut off; and when all of them together keep more than
 * `MOST_BYTES`, those that have kept it longest are cut off first, so that memory is bounded whatever their number.
 *
 * Only what the client itself holds up counts: an answer whose bytes the server still fetches has nothing waiting.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const GRACE_MS = 30_000
const SLOWEST = 4 * 1024
const MOST_BYTES = 64 * 1024 * 1024
/** Younger ones are not cut off for the sake of memory: they may be fast. */
const YOUNG_MS = 2_000

type Progress = { at: number; sent: number }

export class PendingAnswers {
  readonly #now: () => number
  readonly #onCut: () => void
  readonly #pending = new Map<ServerResponse, Progress | undefined>()

  constructor(now: () => number, onCut: () => void) {
    this.#now = now
    this.#onCut = onCut
  }

  get size(): number {
    return this.#pending.size
  }

  /** From now on it is the client's turn. */
  add(response: ServerResponse): void {
    this.#pending.set(response, undefined)
  }

  delete(response: ServerResponse): void {
    this.#pending.delete(response)
  }

  /** To be called now and then: about every second. */
  look(): void {
    const now = this.#now()
    let bytes = 0
    const held: { readonly socket: Socket; readonly at: number }[] = []
    for (const [response, progress] of this.#pending) {
      const { socket } = response.req
      // A pipelined answer whose connection has gone is never told so.
      if (socket.destroyed || response.writableFinished) {
        this.#pending.delete(response)
        continue
      }
      const waiting = socket.writableLength
      const sent = socket.bytesWritten - waiting
      if (!progress || waiting === 0) {
        this.#pending.set(response, { at: now, sent })
        continue
      }
      const took = now - progress.at
      if (took >= GRACE_MS) {
        if (((sent - progress.sent) * 1000) / took < SLOWEST) {
          this.#cut(socket)
          continue
        }
        this.#pending.set(response, { at: now, sent })
      }
      bytes += waiting
      held.push({ socket, at: progress.at })
    }
    if (bytes <= MOST_BYTES) return
    held.sort((a, b) => a.at - b.at)
    for (const { socket, at } of held) {
      if (bytes <= MOST_BYTES || now - at < YOUNG_MS) return
      bytes -= socket.writableLength
      this.#cut(socket)
    }
  }

  #cut(socket: Socket): void {
    socket.destroy()
    this.#onCut()
  }
}
