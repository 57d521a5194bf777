/**
 * How many requests run at once, and when: halved whenever the server asks for less (429, 503) or cannot be reached, with
 * a wait before the next; one more again after as many successes as run. Waits grow and are not the same for everybody.
 * @see RFC 9110 §10.2.3 (Retry-After)
 */
export type Surroundings = {
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** 0 to 1 */
  readonly random: () => number
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** A server that asks for more is asked again after this. */
const LONGEST_ASKED_MS = 600_000

export class Pace {
  readonly #surroundings: Surroundings
  readonly #most: number
  #limit: number
  #running = 0
  #successes = 0
  #failures = 0
  #waitUntil = 0
  #failingSince: number | undefined
  readonly #waiting: (() => void)[] = []

  constructor(most: number, surroundings: Surroundings) {
    this.#most = most
    this.#limit = most
    this.#surroundings = surroundings
  }

  /** Takes a turn, when there is one. @returns false when it was told to stop meanwhile */
  async take(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (signal.aborted) return false
      const wait = this.waiting
      if (wait > 0) await this.#surroundings.sleep(wait, signal)
      else if (this.#running < this.#limit) break
      else await this.#nextFree(signal)
    }
    this.#running++
    return true
  }

  /** The server has answered, whatever it said. */
  succeeded(): void {
    this.#running--
    this.#failures = 0
    this.#failingSince = undefined
    this.#successes++
    if (this.#successes >= this.#limit && this.#limit < this.#most) {
      this.#limit++
      this.#successes = 0
    }
    this.#wake()
  }

  /** @param retryAfterMs what the server asks for */
  hindered(retryAfterMs: number | undefined): void {
    this.#running--
    this.#successes = 0
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
    const { now, random } = this.#surroundings
    this.#failingSince ??= now()
    // Requests that fail together are one failure.
    if (this.waiting === 0) this.#failures++
    const grown = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 16))
    const own = grown * (0.5 + random() / 2)
    const wait =
      retryAfterMs === undefined ? own : Math.min(retryAfterMs, LONGEST_ASKED_MS) + (own - grown / 2) / 4
    this.#waitUntil = Math.max(this.#waitUntil, now() + wait)
    this.#wake()
  }

  /** The next request waits a moment, by itself: what one lot met may pass. */
  slowDown(): void {
    const { now, random } = this.#surroundings
    this.#waitUntil = Math.max(this.#waitUntil, now() + FIRST_WAIT_MS * (0.5 + random() / 2))
  }

  /** A turn that says nothing of the server: nothing was sent to its end. */
  left(): void {
    this.#running--
    this.#wake()
  }

  /** Milliseconds until the next request may go. */
  get waiting(): number {
    return Math.max(0, this.#waitUntil - this.#surroundings.now())
  }

  /** Milliseconds since the first of the failures that no success has followed. */
  get fruitless(): number {
    return this.#failingSince === undefined ? 0 : this.#surroundings.now() - this.#failingSince
  }

  get limit(): number {
    return this.#limit
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #nextFree(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
      this.#waiting.push(wake)
    })
  }
}

/** Milliseconds, of a number of seconds or an HTTP date. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
