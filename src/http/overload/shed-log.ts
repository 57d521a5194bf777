/**
 * What was shed, for the log: one line for as many as there are in ten seconds. A line for each would be work that grows
 * with the overload, and would say nothing of anybody.
 */
import type { ShedReason } from './shed-reason.ts'

const EVERY_MS = 10_000

export type WriteLine = (counts: Readonly<Partial<Record<ShedReason, number>>>) => void

export class ShedLog {
  readonly #write: WriteLine
  #counts: Partial<Record<ShedReason, number>> = {}
  #timer: NodeJS.Timeout | undefined

  constructor(write: WriteLine) {
    this.#write = write
  }

  count(reason: ShedReason): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const counts = this.#counts
    this.#counts = {}
    if (Object.keys(counts).length > 0) this.#write(counts)
  }
}
