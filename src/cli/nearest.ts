/**
 * What was probably meant: the known word that the fewest keystrokes away from what was written, two of them neighbours
 * exchanged counting as one (optimal string alignment).
 */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(Math.min(written.length, LONGEST) / 3))
  let best: string | undefined
  let least = most + 1
  for (const word of known) {
    const isBeginning = written.length > 2 && word !== written && word.startsWith(written)
    const away = isBeginning ? 1 : distance(written, word)
    if (away < least) [best, least] = [word, away]
  }
  return best
}

/** Nobody means a word of this length by one that is longer. */
const LONGEST = 40

export function distance(a: string, b: string): number {
  if (a.length > LONGEST || b.length > LONGEST) return a === b ? 0 : LONGEST
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const changed = (above[column - 1] ?? 0) + (isSame ? 0 : 1)
      let cost = Math.min(changed, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      line.push(cost)
    }
    before = above
    above = line
  }
  return above[b.length] ?? 0
}
