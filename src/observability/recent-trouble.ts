/** Something that went wrong a moment ago, and may be over: nobody tells when it is, so it is forgotten. */
const RECENT_MS = 30_000

export class RecentTrouble {
  #metAt = Number.NEGATIVE_INFINITY

  met(): void {
    this.#metAt = performance.now()
  }

  isOver(): void {
    this.#metAt = Number.NEGATIVE_INFINITY
  }

  isRecent(): boolean {
    return performance.now() - this.#metAt < RECENT_MS
  }
}
