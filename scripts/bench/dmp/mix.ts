/** What is asked for how often: exactly so in each hundred, in an order that is the same in each run. */
import { seededRandom } from '../../../src/population/seeded-random.ts'
import type { Shot } from '../http-load.ts'

/** Of a hundred. */
export const nationalShares = { read: 40, search: 20, td02: 25, retrieve: 10, push: 5 } as const

export type Shares = Readonly<Record<string, number>>

const STREAM = 0xe000_0000

/** @throws when the shares are not a hundred */
export function drawn<S extends Shares>(shares: S, next: Readonly<Record<keyof S, () => Shot>>): () => Shot {
  const random = seededRandom(1, STREAM)
  const kinds = Object.entries(shares).flatMap(([kind, share]) => new Array<keyof S>(share).fill(kind))
  if (kinds.length !== 100) throw new Error(`Shares of ${kinds.length}, not of a hundred`)
  let at = kinds.length
  return () => {
    if (at === kinds.length) {
      shuffle(kinds, (below) => random.below(below))
      at = 0
    }
    const kind = kinds[at++]
    if (kind === undefined) throw new Error('Nothing is drawn')
    return next[kind]()
  }
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], below: (limit: number) => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const [a, b] = [items[i], items[j]]
    if (a === undefined || b === undefined) throw new Error('An item is missing')
    items[i] = b
    items[j] = a
  }
}
