/**
 * Which lot may go next: any whose patient has none under way, or none that must keep an order with it. A patient's lots
 * start in the order in which they came.
 */
import type { Lot } from './assemble-lots.ts'

export class Lanes {
  readonly #waiting: Lot[] = []
  readonly #running = new Map<string, { count: number; ordered: boolean }>()

  add(lots: readonly Lot[]): void {
    this.#waiting.push(...lots)
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get running(): number {
    return [...this.#running.values()].reduce((sum, { count }) => sum + count, 0)
  }

  /** Takes one out and counts it as running. */
  next(): Lot | undefined {
    const passed = new Set<string>()
    const index = this.#waiting.findIndex((lot) => {
      const lane = this.#running.get(lot.patient)
      const blocked = passed.has(lot.patient) || (lane !== undefined && (lot.ordered || lane.ordered))
      if (blocked) passed.add(lot.patient)
      return !blocked
    })
    const [lot] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (lot) {
      const lane = this.#running.get(lot.patient) ?? { count: 0, ordered: false }
      this.#running.set(lot.patient, { count: lane.count + 1, ordered: lot.ordered })
    }
    return lot
  }

  done({ patient }: Lot): void {
    const lane = this.#running.get(patient)
    if (!lane) return
    if (lane.count > 1) this.#running.set(patient, { ...lane, count: lane.count - 1 })
    else this.#running.delete(patient)
  }
}
