/**
 * A token bucket: so many units at most, so many a second more. Arithmetic alone, the time is given; time that goes
 * backwards gives nothing and takes nothing.
 * @see https://www.rfc-editor.org/rfc/rfc2697 (the idea; ours has one rate and one burst)
 */
export type BucketRate = { readonly capacity: number; readonly perSecond: number }

export class TokenBucket {
  readonly #rate: BucketRate
  #left: number
  #at: number

  /** Full. @param now milliseconds, of any clock that is always the same one */
  constructor(rate: BucketRate, now: number) {
    this.#rate = rate
    this.#left = rate.capacity
    this.#at = now
  }

  /**
   * Takes what it costs, or nothing. What costs more than the whole bucket takes the whole: it passes when the bucket is full.
   * @returns the seconds until the same could be taken; 0 when it was
   */
  take(cost: number, now: number): number {
    this.#refill(now)
    const wanted = Math.min(cost, this.#rate.capacity)
    if (wanted <= this.#left) {
      this.#left -= wanted
      return 0
    }
    return (wanted - this.#left) / this.#rate.perSecond
  }

  left(now: number): number {
    this.#refill(now)
    return this.#left
  }

  /** Seconds until it is full again, when nobody takes anything. */
  untilFull(now: number): number {
    this.#refill(now)
    return (this.#rate.capacity - this.#left) / this.#rate.perSecond
  }

  #refill(now: number): void {
    if (now > this.#at)
      this.#left = Math.min(
        this.#rate.capacity,
        this.#left + ((now - this.#at) / 1000) * this.#rate.perSecond,
      )
    this.#at = now
  }
}
