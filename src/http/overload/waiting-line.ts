/** Who waits for a place, first come first served. Who is gone stays in the line and is passed over. */
export type Waiting = {
  /** Milliseconds, when it came. */
  readonly since: number
  readonly start: () => void
  readonly refuse: () => void
  gone: boolean
}

export class WaitingLine {
  #items: Waiting[] = []
  #head = 0

  /** Those that are gone included, until they are passed over. */
  get length(): number {
    return this.#items.length - this.#head
  }

  push(waiting: Waiting): void {
    this.#items.push(waiting)
  }

  /** The first that is still there. */
  first(): Waiting | undefined {
    for (;;) {
      const item = this.#items[this.#head]
      if (!item?.gone) return item
      this.shift()
    }
  }

  shift(): void {
    this.#head++
    // The array is cut now and then, not each time: a shift of a long array moves all of it.
    if (this.#head < 64 && this.#head < this.#items.length) return
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}
