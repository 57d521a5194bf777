/**
 * Load over HTTP at a fixed rate: requests are due at even moments, whatever becomes of those before them, and each is
 * timed from the moment it was due. A server that stalls is charged with all who would have come meanwhile (no coordinated
 * omission).
 *
 * A request is sent within a millisecond of the moment it is due, for so fine is a timer of Node: it counts as waiting.
 */
import { Durations, type Quantiles } from './durations.ts'
import type { NextShot } from './http-load.ts'
import { LoadConnection, type WrongAnswer } from './load-connection.ts'

export type RateResult = Quantiles & {
  /** Asked for. */
  readonly rate: number
  /** Right answers a second. */
  readonly perSecond: number
  readonly seconds: number
  readonly asked: number
  /** As it must be. */
  readonly answered: number
  /** How often each status came that must not; 0 is no answer in time. */
  readonly wrong: Readonly<Record<string, number>>
  readonly firstWrong: string | undefined
  readonly kinds: Readonly<Record<string, Quantiles & { readonly answered: number }>>
}

/** A request that finds no free connection for so long, or no answer, counts as not answered. */
const LONGEST_WAIT_MS = 10_000
const TICK_MS = 1

type Slot = { connection: LoadConnection; readonly number: number }

/** Asks so many times a second for so long, and waits for the last answers. */
export async function atFixedRate(
  port: number,
  connections: number,
  next: NextShot,
  rate: { readonly perSecond: number; readonly seconds: number },
): Promise<RateResult> {
  const slots = await Promise.all(
    Array.from({ length: connections }, async (_, number): Promise<Slot> => {
      return { connection: await LoadConnection.open(port), number }
    }),
  )
  const run = new FixedRate(port, slots, next, rate)
  try {
    return await run.finished
  } finally {
    for (const { connection } of slots) connection.close()
  }
}

class FixedRate {
  readonly finished: Promise<RateResult>
  readonly #port: number
  readonly #next: NextShot
  readonly #perSecond: number
  readonly #asked: number
  /** Who waits longest is next, so that all have as much to do: a server's processes have each their share of the connections. */
  readonly #free: Slot[]
  readonly #took = new Durations()
  readonly #kinds = new Map<string, Durations>()
  readonly #wrong: Record<string, number> = {}
  readonly #begin = performance.now()
  #firstWrong: string | undefined
  #sent = 0
  #settled = 0

  constructor(
    port: number,
    slots: readonly Slot[],
    next: NextShot,
    { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  ) {
    this.#port = port
    this.#next = next
    this.#perSecond = perSecond
    this.#asked = Math.max(1, Math.round(perSecond * seconds))
    this.#free = [...slots]
    const latest = this.#begin + seconds * 1000 + 2 * LONGEST_WAIT_MS
    this.finished = new Promise((resolve) => {
      const timer = setInterval(() => {
        const now = performance.now()
        this.#sendDue(now)
        if (this.#settled < this.#asked && now < latest) return
        clearInterval(timer)
        this.#settle(0, this.#asked - this.#settled)
        resolve(this.#result(now))
      }, TICK_MS)
    })
  }

  #sendDue(now: number): void {
    while (this.#sent < this.#asked) {
      const due = this.#begin + (this.#sent * 1000) / this.#perSecond
      if (due > now) return
      if (now - due > LONGEST_WAIT_MS) {
        this.#sent++
        this.#settle(0)
        continue
      }
      const slot = this.#free.shift()
      if (!slot) return
      this.#sent++
      this.#send(slot, due)
    }
  }

  #send(slot: Slot, due: number): void {
    const { kind, request, expected, answered } = this.#next(slot.number)
    slot.connection.send(request, expected, (wrong) => {
      if (wrong) {
        this.#firstWrong ??= wrong.message
        this.#settle(wrong.status)
        this.#replace(slot, wrong)
        return
      }
      const now = performance.now()
      this.#settled++
      this.#took.add(now - due)
      this.#ofKind(kind).add(now - due)
      answered?.()
      this.#free.push(slot)
      this.#sendDue(now)
    })
  }

  #settle(status: number, times = 1): void {
    if (times === 0) return
    this.#wrong[status] = (this.#wrong[status] ?? 0) + times
    this.#settled += times
  }

  #ofKind(kind: string): Durations {
    const known = this.#kinds.get(kind)
    if (known) return known
    const own = new Durations()
    this.#kinds.set(kind, own)
    return own
  }

  /** A connection ends with a wrong answer. Where no new one comes about, those that are left carry the load, and are late. */
  #replace(slot: Slot, wrong: WrongAnswer): void {
    slot.connection.close()
    LoadConnection.open(this.#port).then(
      (connection) => {
        slot.connection = connection
        this.#free.push(slot)
      },
      (error: unknown) => {
        this.#firstWrong = `${wrong.message}; then ${String(error)}`
      },
    )
  }

  #result(now: number): RateResult {
    const seconds = (now - this.#begin) / 1000
    const kinds = [...this.#kinds].map(
      ([kind, own]) => [kind, { answered: own.count, ...own.quantiles() }] as const,
    )
    return {
      ...this.#took.quantiles(),
      rate: this.#perSecond,
      perSecond: this.#took.count / seconds,
      seconds,
      asked: this.#asked,
      answered: this.#took.count,
      wrong: this.#wrong,
      firstWrong: this.#firstWrong,
      kinds: Object.fromEntries(kinds),
    }
  }
}
