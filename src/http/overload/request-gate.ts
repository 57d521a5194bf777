/**
 * How many requests are in work at once, and who waits how long for a place. Beyond that a request is refused while it has
 * cost nothing yet, instead of waiting longer than its client does: what is in work ends in time, so a server past its
 * limit goes on giving nearly all it can.
 *
 * Waiting is bounded by number and by age. A burst may wait for `maxWaitMs`; a line that has not been empty for that long
 * is no burst but a standing queue, which would only make every request late: from then on reads wait a fifth of it
 * (as CoDel does with packets, RFC 8289). Writes that have come in whole, and urgent requests, keep the long allowance and
 * go first. Writes have half of the places at most, as they may wait for one another in the database; urgent requests have
 * a quarter more, which nobody else gets.
 * @see docs/decisions/0019
 */
import { WaitingLine } from './waiting-line.ts'

export const kinds = ['urgent', 'write', 'read'] as const
export type Kind = (typeof kinds)[number]

export type GateLimits = {
  /** Requests in work at once. */
  readonly atOnce: number
  readonly maxWaitMs: number
}

/** How often the ages of those that wait are looked at; they are also looked at whenever a place is free. */
const LOOK_MS = 10
const LINE_PER_PLACE = 8
const STANDING_PART = 5

export class RequestGate {
  readonly #now: () => number
  readonly #maxWaitMs: number
  readonly #most: Readonly<Record<Kind, number>>
  readonly #longest: Readonly<Record<Kind, number>>
  readonly #lines: Readonly<Record<Kind, WaitingLine>>
  #inWork = 0
  #writes = 0
  /** When the line of reads was last seen empty. */
  #emptyAt: number
  #timer: NodeJS.Timeout | undefined
  #isAdmitting = false

  /** @param now milliseconds of a clock that never goes back */
  constructor({ atOnce, maxWaitMs }: GateLimits, now: () => number) {
    this.#now = now
    this.#maxWaitMs = maxWaitMs
    this.#emptyAt = now()
    const reserve = Math.ceil(atOnce / 4)
    this.#most = { urgent: atOnce + reserve, write: atOnce, read: atOnce }
    this.#longest = {
      urgent: atOnce,
      write: atOnce * LINE_PER_PLACE,
      read: atOnce * LINE_PER_PLACE,
    }
    this.#lines = { urgent: new WaitingLine(), write: new WaitingLine(), read: new WaitingLine() }
  }

  get inWork(): number {
    return this.#inWork
  }

  get waiting(): number {
    return kinds.reduce((sum, kind) => sum + this.#lines[kind].length, 0)
  }

  /** Takes a place when there is one and nobody waits for it. */
  take(kind: Kind): boolean {
    if (this.#lines[kind].length > 0 || !this.#hasPlace(kind)) return false
    this.#begin(kind)
    return true
  }

  /** Gives a place back, once for each that was taken. */
  give(kind: Kind): void {
    this.#inWork--
    if (kind === 'write') this.#writes--
    this.#admit()
  }

  /** Whether a request that comes now would be refused at once or wait too long: not worth its body. */
  isBehind(kind: Kind): boolean {
    const line = this.#lines[kind]
    const first = line.first()
    if (!first) return false
    return line.length >= this.#longest[kind] || this.#now() - first.since > this.#standingMs()
  }

  /**
   * Waits for a place, which is taken when `start` is called.
   * @returns undefined when too many wait already: it is refused, and neither is called
   */
  wait(kind: Kind, start: () => void, refuse: () => void): { leave(): void } | undefined {
    const line = this.#lines[kind]
    const now = this.#now()
    if (line.length >= this.#longest[kind]) return undefined
    if (kind === 'read' && line.length === 0) this.#emptyAt = now
    const waiting = { since: now, start, refuse, gone: false }
    line.push(waiting)
    this.#timer ??= setInterval(() => this.look(), LOOK_MS)
    return {
      leave: () => {
        waiting.gone = true
      },
    }
  }

  /** Refuses those that have waited too long, and lets in those that may. */
  look(): void {
    const now = this.#now()
    for (const kind of kinds) {
      const line = this.#lines[kind]
      for (let first = line.first(); first && this.#isLate(kind, first.since, now); first = line.first()) {
        line.shift()
        first.refuse()
      }
    }
    this.#admit()
  }

  /** Nobody is told anything more. */
  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #admit(): void {
    // A request that is over as soon as it has started gives its place back inside this loop, which goes on by itself.
    if (this.#isAdmitting) return
    this.#isAdmitting = true
    const now = this.#now()
    for (const kind of kinds) {
      const line = this.#lines[kind]
      for (let first = line.first(); first && this.#hasPlace(kind); first = line.first()) {
        line.shift()
        if (this.#isLate(kind, first.since, now)) {
          first.refuse()
          continue
        }
        this.#begin(kind)
        first.start()
      }
    }
    this.#isAdmitting = false
    if (this.#timer && kinds.every((kind) => this.#lines[kind].length === 0)) this.close()
  }

  #begin(kind: Kind): void {
    this.#inWork++
    if (kind === 'write') this.#writes++
  }

  #hasPlace(kind: Kind): boolean {
    return (
      this.#inWork < this.#most[kind] && (kind !== 'write' || this.#writes < Math.ceil(this.#most.write / 2))
    )
  }

  #isLate(kind: Kind, since: number, now: number): boolean {
    const standing = kind === 'read' && now - this.#emptyAt > this.#maxWaitMs
    return now - since > (standing ? this.#standingMs() : this.#maxWaitMs)
  }

  #standingMs(): number {
    return this.#maxWaitMs / STANDING_PART
  }
}
