/**
 * How many requests are in work at once, and who waits how long for a place. Beyond that a request is refused while it has
 * cost nothing yet, instead of waiting longer than its client does: what is in work ends in time, so a server past its
 * limit goes on giving nearly all it can.
 *
 * Who comes first goes first, be it a read or a write: a write costs ten times what a read does, so that a server which
 * lets the writes in and refuses the reads does little for few. Only these go before: urgent requests, which also have a
 * quarter more places that nobody else gets, and writes whose body came late (`received`), which have had their turn.
 * Writes have half of the places at most, as they may wait for one another in the database.
 *
 * Waiting is bounded by number and by age. A burst may wait for `maxWaitMs`, eight for each place; a line that has not been
 * empty for that long is no burst but a standing queue, which would only make every request late (as CoDel finds of
 * packets, RFC 8289): until nobody has been refused for that long, nobody waits longer than a fifth of `maxWaitMs`, and one
 * may wait for each place, about as long as the work takes; four while the line moves so fast that its first has hardly
 * waited. Who finds more before it is refused at once.
 * @see docs/decisions/0019
 */
import { type Waiting, WaitingLine } from './waiting-line.ts'

/** `received`: came with a body that was not there when its turn came, and is now. */
export const kinds = ['urgent', 'received', 'write', 'read'] as const
export type Kind = (typeof kinds)[number]

export type GateLimits = {
  /** Requests in work at once. */
  readonly atOnce: number
  readonly maxWaitMs: number
}

/** How often the ages of those that wait are looked at; they are also looked at whenever a place is free. */
const LOOK_MS = 10
/** Of a burst; of a standing queue that moves fast; of another. */
const LINE_PER_PLACE = { burst: 8, fast: 4, standing: 1 }
const STANDING_PART = 5
/** The first of a standing line that moves fast has waited no longer than this part of `maxWaitMs`. */
const HARDLY_PART = 20

export class RequestGate {
  readonly #now: () => number
  readonly #atOnce: number
  readonly #reserve: number
  readonly #mostWrites: number
  readonly #maxWaitMs: number
  readonly #lines: Readonly<Record<Kind, WaitingLine>>
  /** When the line was last seen empty, and when one of it was last refused. */
  readonly #emptyAt: Record<Kind, number>
  readonly #refusedAt: Record<Kind, number>
  #inWork = 0
  #writes = 0
  #timer: NodeJS.Timeout | undefined
  #isAdmitting = false

  /** @param now milliseconds of a clock that never goes back */
  constructor({ atOnce, maxWaitMs }: GateLimits, now: () => number) {
    this.#now = now
    this.#atOnce = atOnce
    this.#reserve = Math.ceil(atOnce / 4)
    this.#mostWrites = Math.ceil(atOnce / 2)
    this.#maxWaitMs = maxWaitMs
    const begin = now()
    const never = Number.NEGATIVE_INFINITY
    this.#emptyAt = { urgent: begin, received: begin, write: begin, read: begin }
    this.#refusedAt = { urgent: never, received: never, write: never, read: never }
    this.#lines = {
      urgent: new WaitingLine(),
      received: new WaitingLine(),
      write: new WaitingLine(),
      read: new WaitingLine(),
    }
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
    if (isWrite(kind)) this.#writes--
    this.#admit()
  }

  /**
   * Waits for a place, which is taken when `start` is called.
   * @returns undefined when too many wait already: it is refused, and neither is called
   */
  wait(kind: Kind, start: () => void, refuse: () => void): { leave(): void } | undefined {
    const line = this.#lines[kind]
    const now = this.#now()
    if (this.#isFull(kind, now)) {
      this.#refusedAt[kind] = now
      return undefined
    }
    if (line.length === 0) this.#emptyAt[kind] = now
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
      for (let first = line.first(); first && this.#isLate(kind, first.since, now); first = line.first())
        this.#refuseFirst(kind, now)
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
    for (let kind = this.#nextKind(); kind; kind = this.#nextKind()) {
      const first = this.#lines[kind].first()
      if (first && this.#isLate(kind, first.since, now)) this.#refuseFirst(kind, now)
      else {
        this.#lines[kind].shift()
        this.#begin(kind)
        first?.start()
      }
    }
    this.#isAdmitting = false
    if (this.#timer && kinds.every((kind) => this.#lines[kind].length === 0)) this.close()
  }

  /** Of the line whose first may come in now; undefined: nobody may. */
  #nextKind(): Kind | undefined {
    if (this.#mayStart('urgent')) return 'urgent'
    if (this.#mayStart('received')) return 'received'
    const write = this.#mayStart('write')
    const read = this.#mayStart('read')
    if (write && read) return write.since < read.since ? 'write' : 'read'
    if (write) return 'write'
    return read && 'read'
  }

  #mayStart(kind: Kind): Waiting | undefined {
    const first = this.#lines[kind].first()
    return first && this.#hasPlace(kind) ? first : undefined
  }

  #refuseFirst(kind: Kind, now: number): void {
    const line = this.#lines[kind]
    const first = line.first()
    line.shift()
    this.#refusedAt[kind] = now
    first?.refuse()
  }

  #begin(kind: Kind): void {
    this.#inWork++
    if (isWrite(kind)) this.#writes++
  }

  #hasPlace(kind: Kind): boolean {
    if (kind === 'urgent') return this.#inWork < this.#atOnce + this.#reserve
    return this.#inWork < this.#atOnce && !(isWrite(kind) && this.#writes >= this.#mostWrites)
  }

  #isLate(kind: Kind, since: number, now: number): boolean {
    return now - since > (this.#stands(kind, now) ? this.#maxWaitMs / STANDING_PART : this.#maxWaitMs)
  }

  #isFull(kind: Kind, now: number): boolean {
    return this.#before(kind) >= this.#atOnce * LINE_PER_PLACE[this.#lineOf(kind, now)]
  }

  #lineOf(kind: Kind, now: number): keyof typeof LINE_PER_PLACE {
    if (kind === 'urgent') return 'standing'
    if (!this.#stands(kind, now)) return 'burst'
    return this.#movesFast(kind, now) ? 'fast' : 'standing'
  }

  #movesFast(kind: Kind, now: number): boolean {
    const waited = (of: Kind): number => now - (this.#lines[of].first()?.since ?? now)
    return Math.max(waited('read'), waited(kind)) <= this.#maxWaitMs / HARDLY_PART
  }

  /** How many wait that would go before one that comes now. */
  #before(kind: Kind): number {
    const own = this.#lines[kind].length
    if (kind === 'write') return own + this.#lines.read.length
    // Reads pass the writes that wait for writes.
    return kind === 'read' && this.#writes < this.#mostWrites ? own + this.#lines.write.length : own
  }

  /** Whether what waits is no burst. Writes stand behind reads, and where they have no place behind themselves. */
  #stands(kind: Kind, now: number): boolean {
    if (kind === 'urgent' || kind === 'received') return false
    return this.#lineStands('read', now) || (kind === 'write' && this.#lineStands('write', now))
  }

  #lineStands(kind: Kind, now: number): boolean {
    const isLong = this.#lines[kind].length > 0 && now - this.#emptyAt[kind] > this.#maxWaitMs
    return isLong || now - this.#refusedAt[kind] < this.#maxWaitMs
  }
}

function isWrite(kind: Kind): boolean {
  return kind === 'write' || kind === 'received'
}
