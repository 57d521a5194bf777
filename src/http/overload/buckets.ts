/**
 * A bucket for each name, and no more of them than memory is given for: the one that was not asked for longest is
 * forgotten. It is full again by then, unless more names than there is room for are busy at the same time: then one of
 * them begins anew with a full bucket, an error in its favour.
 */
import { type BucketRate, TokenBucket } from './token-bucket.ts'

export class Buckets {
  readonly #rate: BucketRate
  readonly #most: number
  readonly #known = new Map<string, TokenBucket>()

  constructor(rate: BucketRate, most: number) {
    this.#rate = rate
    this.#most = most
  }

  get size(): number {
    return this.#known.size
  }

  /** The bucket of a name, a full one for a new name. */
  of(name: string, now: number): TokenBucket {
    const known = this.#known.get(name)
    if (known) {
      // Insertion order is the order of use. With few names nobody is forgotten, and order is nothing.
      if (this.#known.size > this.#most / 2) {
        this.#known.delete(name)
        this.#known.set(name, known)
      }
      return known
    }
    const bucket = new TokenBucket(this.#rate, now)
    this.#known.set(name, bucket)
    if (this.#known.size > this.#most) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    return bucket
  }

  /** What a name that nobody has asked for would have is everything. */
  find(name: string): TokenBucket | undefined {
    return this.#known.get(name)
  }
}
