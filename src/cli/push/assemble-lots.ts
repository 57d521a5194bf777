/**
 * Documents → lots, by patient, as they come. Those that were sent together and not answered go together again. Lots
 * are filled from as many documents as fit a window, so that memory stays bounded however many there are.
 */
import type { DocumentItem, Sendable } from './item.ts'

export type Lot = {
  readonly patient: string
  readonly items: readonly [Sendable, ...Sendable[]]
  /** Nothing of this patient may run beside it. */
  readonly ordered: boolean
}

/** Documents that wait for others of their patient. */
const WINDOW = 500

export class LotAssembler {
  readonly #most: number
  readonly #openLot: (item: Sendable) => readonly string[] | undefined
  /** Keys are those of patients, or of lots that were sent before. */
  readonly #filling = new Map<string, { readonly most: number; readonly items: DocumentItem[] }>()
  #waiting = 0

  constructor(most: number, openLot: (item: Sendable) => readonly string[] | undefined) {
    this.#most = most
    this.#openLot = openLot
  }

  /** The lots that are full, or can wait no longer. */
  add(item: Sendable): Lot[] {
    // What comes before an ordered item must have gone before it.
    if (item.kind === 'deletion' || item.ordered)
      return [...this.#flushPatient(patientOf(item)), lotOf([item])]
    const before = this.#openLot(item)
    const together = before && before.length > 1 && before.length <= this.#most ? before : undefined
    const most = together?.length ?? this.#most
    if (most === 1) return [lotOf([item])]
    const key = together ? together.join() : patientOf(item)
    const filling = this.#filling.get(key) ?? { most, items: [] }
    filling.items.push(item)
    this.#filling.set(key, filling)
    this.#waiting++
    if (filling.items.length >= most) return this.#flush(key)
    return this.#waiting >= WINDOW ? this.#flush(this.#filling.keys().next().value ?? key) : []
  }

  end(): Lot[] {
    return [...this.#filling.keys()].flatMap((key) => this.#flush(key))
  }

  #flushPatient(patient: string): Lot[] {
    const keys = [...this.#filling].filter(([, { items }]) =>
      items.some((item) => patientOf(item) === patient),
    )
    return keys.flatMap(([key]) => this.#flush(key))
  }

  #flush(key: string): Lot[] {
    const [first, ...rest] = this.#filling.get(key)?.items ?? []
    this.#filling.delete(key)
    if (!first) return []
    this.#waiting -= rest.length + 1
    return [lotOf([first, ...rest])]
  }
}

export function lotOf(items: readonly [Sendable, ...Sendable[]]): Lot {
  return { patient: patientOf(items[0]), items, ordered: items.some(({ ordered }) => ordered) }
}

function patientOf({ ins }: Sendable): string {
  return `${ins.system}|${ins.value}`
}
