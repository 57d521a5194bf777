/** How long things took: kept one by one, so that quantiles are exact and no bucket rounds them. */

export type Quantiles = {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly most: number
}

export class Durations {
  #milliseconds = new Float64Array(4096)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(milliseconds: number): void {
    if (this.#count === this.#milliseconds.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#milliseconds)
      this.#milliseconds = larger
    }
    this.#milliseconds[this.#count++] = milliseconds
  }

  quantiles(): Quantiles {
    const sorted = this.#milliseconds.slice(0, this.#count).sort()
    return {
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      p999: quantile(sorted, 0.999),
      most: quantile(sorted, 1),
    }
  }
}

/** Of sorted numbers. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
