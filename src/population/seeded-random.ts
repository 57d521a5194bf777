/**
 * Numbers that look random and are the same for the same seed, on every machine: sfc32 of Chris Doty-Humphrey's PractRand.
 * A stream of its own for each person, so that any of them can be made without those before.
 * @see https://pracrand.sourceforge.net/RNG_engines.txt
 *
 * NOT for anything secret: who sees a few numbers can tell the rest.
 */
export type Random = {
  /** From 0, below 1. */
  next(): number
  /** A whole number from 0, below `end`. */
  below(end: number): number
  /** True so often. */
  chance(part: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
  /** As the heads of a list of names: the first are the most frequent, none is impossible. */
  pickRanked<T>(list: readonly [T, ...T[]]): T
}

const ROUNDS_BEFORE_USE = 12

export function seededRandom(seed: number, stream: number): Random {
  let a = seed >>> 0
  let b = stream >>> 0
  let c = 0x9e3779b9
  let counter = 1
  const next32 = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let i = 0; i < ROUNDS_BEFORE_USE; i++) next32()
  const next = (): number => next32() / 2 ** 32
  const below = (end: number): number => Math.floor(next() * end)
  const at = <T>(list: readonly [T, ...T[]], index: number): T => list[index] ?? list[0]
  return {
    next,
    below,
    chance: (part) => next() < part,
    pick: (list) => at(list, below(list.length)),
    pickRanked: (list) => at(list, Math.floor(list.length * next() ** 1.5)),
  }
}
