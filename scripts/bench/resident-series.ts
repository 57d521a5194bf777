/** The memory of a server over time: a line through it by least squares tells whether it grows. */
import { residentOfEach } from './processes.ts'

export type Sample = { readonly seconds: number; readonly megabytes: number }

export type ResidentSeries = {
  readonly samples: number
  /** Of the largest process. */
  readonly first: number
  readonly last: number
  readonly most: number
  /** Megabytes a minute, of all processes together, once they are warm; undefined: too short to tell. */
  readonly slope: number | undefined
  readonly isFlat: boolean | undefined
  /** How many processes there were, in turn: a worker that ended shows here. */
  readonly processes: readonly number[]
}

const SAMPLE_MS = 1_000
/** Of the whole time: heaps still grow to their size then. */
const WARM_UP_PART = 1 / 3
const SHORTEST_SECONDS = 60
/** What goes on rising by more than this is a leak: a gigabyte a day is 0.7. */
const FLAT_MEGABYTES_A_MINUTE = 0.7

export class ResidentWatch {
  readonly #begin = performance.now()
  readonly #samples: (Sample & { readonly each: readonly number[] })[] = []
  readonly #timer: NodeJS.Timeout
  readonly #pid: number

  constructor(pid: number) {
    this.#pid = pid
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
    this.#sample()
  }

  stop(): ResidentSeries {
    clearInterval(this.#timer)
    this.#sample()
    const largest = this.#samples.map(({ each }) => Math.max(...each))
    const slope = slopeOf(this.#samples)
    return {
      samples: this.#samples.length,
      first: largest[0] ?? Number.NaN,
      last: largest.at(-1) ?? Number.NaN,
      most: Math.max(...largest),
      slope,
      isFlat: slope === undefined ? undefined : slope <= FLAT_MEGABYTES_A_MINUTE,
      processes: this.#samples
        .map(({ each }) => each.length)
        .filter((count, i, all) => i === 0 || count !== all[i - 1]),
    }
  }

  #sample(): void {
    const each = residentOfEach(this.#pid)
    if (each.length === 0) return
    this.#samples.push({
      seconds: (performance.now() - this.#begin) / 1000,
      megabytes: each.reduce((sum, own) => sum + own, 0),
      each,
    })
  }
}

/** Megabytes a minute behind the warm-up; undefined for less than a minute. */
export function slopeOf(samples: readonly Sample[]): number | undefined {
  const last = samples.at(-1)?.seconds ?? 0
  if (last < SHORTEST_SECONDS) return undefined
  const warm = samples.filter(({ seconds }) => seconds >= last * WARM_UP_PART)
  const mean = (of: (sample: Sample) => number): number =>
    warm.reduce((sum, sample) => sum + of(sample), 0) / warm.length
  const [seconds, megabytes] = [mean((s) => s.seconds), mean((s) => s.megabytes)]
  const covariance = mean((s) => (s.seconds - seconds) * (s.megabytes - megabytes))
  const variance = mean((s) => (s.seconds - seconds) ** 2)
  return (covariance / variance) * 60
}
